import { compareStrings } from '#machinery/bytes.ts';
import { pathText } from '#machinery/fields/element.ts';
import { managerKey, type Manager } from '#machinery/managed/managers.ts';
import type { Conflict } from '#machinery/managed/updater.ts';
import { StatusError } from '#machinery/status.ts';

/** The 409 of an apply that wants fields of others, with each field and its manager. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }));
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(conflicts),
    reason: 'Conflict',
    details: { causes },
    code: 409,
  });
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${managerText(first!.manager)}: ${pathText(first!.path)}`;
  }
  const byManager = Map.groupBy(conflicts, ({ manager }) => managerKey(manager));
  const lines = [...byManager]
    .sort(([a], [b]) => compareStrings(a, b))
    .flatMap(([, group]) => [
      `conflicts with ${managerText(group[0]!.manager)}:`,
      ...group.map(({ path }) => `- ${pathText(path)}`),
    ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ name, subresource, operation, apiVersion }: Manager): string {
  const who = subresource
    ? `${JSON.stringify(name)} with subresource ${JSON.stringify(subresource)}`
    : JSON.stringify(name);
  return operation === 'Update' ? `${who} using ${apiVersion}` : who;
}
