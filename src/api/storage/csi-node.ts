import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CSINode, CSINodeDriver } from '../generated/types/storage.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { validateDriverName } from '../storage-sources.ts';
import { immutable, invalidEach, nonNegative, repeats } from '../validation.ts';

const path = FieldPath.of('spec', 'drivers');
const nodeIdMax = 256;

function validateDriver(at: FieldPath, driver: CSINodeDriver, isKnown: boolean): FieldError[] {
  const { name, nodeID, topologyKeys, allocatable } = driver;
  const count = allocatable?.count ?? 0;
  const isRepeated = repeats(topologyKeys ?? []);
  const tooLong = `must be ${nodeIdMax} characters or less`;
  return [
    ...validateDriverName(at.child('name'), name),
    ...(nodeID ? [] : [fieldError.required(at.child('nodeID'))]),
    ...((nodeID ?? '').length > nodeIdMax ? [fieldError.invalid(at.child('nodeID'), nodeID, tooLong)] : []),
    ...nonNegative(at.child('allocatable', 'count'), count),
    ...(isKnown ? [fieldError.duplicate(at.child('name'), name)] : []),
    // Upstream names the driver here, not the keys.
    ...(topologyKeys ?? []).flatMap((key, i) => [
      ...(key ? [] : [fieldError.required(at)]),
      ...(isRepeated[i] ? [fieldError.duplicate(at, key)] : []),
      ...invalidEach(at, key, checkQualifiedName(key)),
    ]),
  ];
}

function validate({ spec }: CSINode): FieldError[] {
  const drivers = spec.drivers ?? [];
  const isRepeated = repeats(drivers.map(({ name }) => name));
  return drivers.flatMap((driver, i) => validateDriver(path.index(i), driver, isRepeated[i]!));
}

/** A driver's entry never changes, but for how many volumes the node takes; it may be taken out and put in again. */
function validateUpdate({ spec }: CSINode, { spec: old }: CSINode): FieldError[] {
  const drivers = new Map(old.drivers?.map(driver => [driver.name, driver]));
  return (spec.drivers ?? []).flatMap(driver => {
    const before = drivers.get(driver.name);
    if (!before) return [];
    const [now, was] = [driver, before].map(one => ({ ...one, allocatable: null }));
    return immutable(path, now, was, 'storage.CSINodeDriver');
  });
}

export const csiNodeResource = defineResource<CSINode>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.CSINode' }],
  kind: 'CSINode',
  resource: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create'] },
    allowUnconditionalUpdate: false,
    validate,
    validateUpdate,
    returnDeletedObject: true,
  },
  columns: [nameColumn, column('Drivers', 'integer'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.spec.drivers?.length ?? 0, age(object, nowMs)],
});
