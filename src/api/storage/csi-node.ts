import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CSINode } from '../generated/types/storage.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';

const path = FieldPath.of('spec', 'drivers');

function validate({ spec }: CSINode): FieldError[] {
  const names = new Set<string>();
  return (spec.drivers ?? []).flatMap(({ name, nodeID, topologyKeys }, i) => {
    const at = path.index(i);
    const errors: FieldError[] = [];
    if (!name) errors.push(fieldError.required(at.child('name')));
    else if (names.has(name)) errors.push(fieldError.duplicate(at.child('name'), name));
    names.add(name);
    if (!nodeID) errors.push(fieldError.required(at.child('nodeID')));
    topologyKeys?.forEach((key, k) => {
      if (!key) errors.push(fieldError.required(at.child('topologyKeys').index(k)));
    });
    return errors;
  });
}

/** A driver's entry never changes; it may be taken out and put in again. */
function validateUpdate({ spec }: CSINode, { spec: old }: CSINode): FieldError[] {
  const changed = (spec.drivers ?? []).some(driver => {
    const before = old.drivers?.find(other => other.name === driver.name);
    return before && !deepEqual({ ...driver, allocatable: undefined }, { ...before, allocatable: undefined });
  });
  return changed ? [fieldError.invalid(path, spec.drivers, 'field is immutable')] : [];
}

export const csiNodeResource = defineResource<CSINode>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.CSINode' }],
  kind: 'CSINode',
  resource: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  strategy: { allowUnconditionalUpdate: false, validate, validateUpdate, returnDeletedObject: true },
  columns: [nameColumn, column('Drivers', 'integer'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.spec.drivers?.length ?? 0, age(object, nowMs)],
});
