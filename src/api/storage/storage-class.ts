import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { StorageClass } from '../generated/types/storage.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelName } from '#machinery/metadata.ts';
import type { TopologySelectorTerm } from '../generated/types/core.v1.ts';
import { nodeLabelWarnings } from '../node-label-warnings.ts';
import { validateParameters, validateProvisioner } from '../storage-parameters.ts';
import { duplicates, optionalOneOf, repeats } from '../validation.ts';

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

function nameText({ metadata }: StorageClass): string {
  const isDefault = defaultAnnotations.some(key => metadata.annotations?.[key] === 'true');
  return isDefault ? `${metadata.name} (default)` : `${metadata.name}`;
}

function setDefaults(object: StorageClass): void {
  object.reclaimPolicy ??= 'Delete';
  object.volumeBindingMode ??= 'Immediate';
}

function validateTopology(
  path: FieldPath,
  { matchLabelExpressions = [] }: TopologySelectorTerm,
): FieldError[] {
  const at = path.child('matchLabelExpressions');
  const isRepeated = repeats(matchLabelExpressions.map(({ key }) => key));
  return matchLabelExpressions.flatMap(({ key, values }, i) => [
    ...(values?.length ? [] : [fieldError.required(at.index(i).child('values'))]),
    ...duplicates(at.index(i).child('values'), values ?? []),
    ...validateLabelName(key, at.index(i).child('key')),
    ...(isRepeated[i] ? [fieldError.duplicate(at.index(i).child('key'), key)] : []),
  ]);
}

/** Equal for terms that ask for the same, in whatever order. */
function topologyKey({ matchLabelExpressions = [] }: TopologySelectorTerm): string {
  const asked = new Map(matchLabelExpressions.map(({ key, values }) => [key, [...new Set(values)].sort()]));
  return JSON.stringify([...asked].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Clients say how many terms there are, and each is told of once for each before it. */
const repeatsShownMax = 100;

/** Upstream compares each term with those before it, and with as many that ask for nothing as there are terms. */
function validateTopologies({ allowedTopologies: topologies = [] }: StorageClass): FieldError[] {
  const path = FieldPath.of('allowedTopologies');
  const counts = new Map([[topologyKey({}), topologies.length]]);
  return topologies.flatMap((term, i) => {
    const key = topologyKey(term);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    const repeated = fieldError.duplicate(path.index(i).child('matchLabelExpressions'), '');
    const repeatsShown = Math.min(count, repeatsShownMax);
    return [...validateTopology(path.index(i), term), ...new Array<FieldError>(repeatsShown).fill(repeated)];
  });
}

function validate(object: StorageClass): FieldError[] {
  return [
    ...validateProvisioner('provisioner', object.provisioner),
    ...validateParameters(object.parameters),
    ...optionalOneOf(FieldPath.of('reclaimPolicy'), object.reclaimPolicy || undefined, ['Delete', 'Retain']),
    ...optionalOneOf(FieldPath.of('volumeBindingMode'), object.volumeBindingMode, [
      'Immediate',
      'WaitForFirstConsumer',
    ]),
    ...validateTopologies(object),
  ];
}

const fixedFields = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const;

function validateUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  return fixedFields
    .filter(name => !deepEqual(object[name] ?? {}, old[name] ?? {}))
    .map(name => fieldError.invalid(name, object[name] ?? null, 'field is immutable'));
}

function warnings({ allowedTopologies }: StorageClass): string[] {
  return (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) => {
    const at = FieldPath.of('allowedTopologies').index(i).child('matchLabelExpressions');
    return (matchLabelExpressions ?? []).flatMap(({ key }, j) =>
      nodeLabelWarnings(at.index(j).child('key'), key),
    );
  });
}

export const storageClassResource = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.StorageClass' }],
  kind: 'StorageClass',
  resource: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    setDefaults,
    validate,
    validateUpdate,
    warnings,
    returnDeletedObject: true,
  },
  columns: [
    nameColumn,
    column('Provisioner'),
    column('ReclaimPolicy'),
    column('VolumeBindingMode'),
    column('AllowVolumeExpansion'),
    ageColumn,
  ],
  row: (object, nowMs) => [
    nameText(object),
    object.provisioner,
    object.reclaimPolicy ?? 'Delete',
    object.volumeBindingMode ?? 'Immediate',
    object.allowVolumeExpansion ?? false,
    age(object, nowMs),
  ],
});
