import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Lease } from '../generated/types/coordination.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { nonNegative } from '../validation.ts';

function validate({ spec }: Lease): FieldError[] {
  const path = FieldPath.of('spec');
  const seconds = spec?.leaseDurationSeconds;
  return [
    ...(seconds !== undefined && seconds <= 0
      ? [fieldError.invalid(path.child('leaseDurationSeconds'), seconds, 'must be greater than 0')]
      : []),
    ...nonNegative(path.child('leaseTransitions'), spec?.leaseTransitions),
  ];
}

/** Coordinated election (KEP-4355) is off by default: its fields stay only where they were before. */
function dropElection({ spec }: Lease, old?: Lease): void {
  for (const name of ['strategy', 'preferredHolder'] as const) {
    if (spec && old?.spec?.[name] === undefined) delete spec[name];
  }
}

export const leaseResource = defineResource<Lease>({
  group: 'coordination.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.coordination.v1.Lease' }],
  kind: 'Lease',
  resource: 'leases',
  singular: 'lease',
  namespaced: true,
  strategy: {
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
    prepareForCreate: object => dropElection(object),
    prepareForUpdate: dropElection,
    validate,
  },
  columns: [nameColumn, column('Holder'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.spec?.holderIdentity ?? '', age(object, nowMs)],
});
