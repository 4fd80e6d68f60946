import type { CustomResourceDefinition } from '../../generated/types/apiextensions.v1.ts';

/** Names that follow from the kind, and no conversion. */
export function setCrdDefaults({ spec }: CustomResourceDefinition): void {
  if (!spec?.names) return;
  const { names } = spec;
  names.singular ||= names.kind.toLowerCase();
  if (names.kind) names.listKind ||= `${names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= 443;
}
