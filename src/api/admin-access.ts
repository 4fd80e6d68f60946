/** Who may use devices that are in use by others (KEP-5018): claims in namespaces that say so. */
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import type { StrategyContext } from './definition.ts';

const label = 'resource.kubernetes.io/admin-access';

interface Access {
  readonly adminAccess?: boolean;
}

/** Refuses the first of `asked` that wants it, with its place, where the namespace does not allow it. */
export function validateAdminAccess(
  asked: readonly (readonly [access: Access | undefined, path: FieldPath])[],
  { namespaceLabels }: StrategyContext,
): FieldError[] {
  const first = asked.find(([access]) => access?.adminAccess === true);
  if (!first || namespaceLabels?.()?.[label] === 'true') return [];
  const detail = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;
  return [fieldError.forbidden(first[1].child('adminAccess'), detail)];
}
