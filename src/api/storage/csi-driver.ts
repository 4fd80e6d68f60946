import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CSIDriver } from '../generated/types/storage.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { immutable, optionalOneOf, repeats } from '../validation.ts';

function setDefaults({ spec }: CSIDriver): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;
const updatePeriodSecondsMin = 10;
const mutableFields = [
  'tokenRequests',
  'requiresRepublish',
  'seLinuxMount',
  'storageCapacity',
  'serviceAccountTokenInSecrets',
] as const;

/** Whether pods wait for a driver that a node lacks is behind a feature gate that is off: only who says it keeps it. */
function dropPrevention({ spec }: CSIDriver, old?: CSIDriver): void {
  if (old?.spec.preventPodSchedulingIfMissing === undefined) delete spec.preventPodSchedulingIfMissing;
}

/** Each change of what a driver may change counts. */
function prepareForUpdate(object: CSIDriver, old: CSIDriver): void {
  dropPrevention(object, old);
  if (mutableFields.every(name => deepEqual(object.spec[name], old.spec[name]))) return;
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function validateTokenRequests(
  path: FieldPath,
  requests: CSIDriver['spec']['tokenRequests'] = [],
): FieldError[] {
  const isRepeated = repeats(requests.map(({ audience }) => audience));
  return requests.flatMap(({ audience, expirationSeconds: seconds }, i) => {
    const at = path.index(i);
    if (isRepeated[i]) {
      return [fieldError.duplicate(at.child('audience'), audience)];
    }
    const why =
      seconds === undefined || (seconds >= tokenSecondsMin && seconds <= tokenSecondsMax)
        ? undefined
        : seconds < tokenSecondsMin
          ? 'may not specify a duration less than 10 minutes'
          : 'may not specify a duration larger than 2^32 seconds';
    return why ? [fieldError.invalid(at.child('expirationSeconds'), seconds, why)] : [];
  });
}

function validate({ spec }: CSIDriver): FieldError[] {
  const path = FieldPath.of('spec');
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  return [
    ...optionalOneOf(path.child('fsGroupPolicy'), spec.fsGroupPolicy, [
      'File',
      'None',
      'ReadWriteOnceWithFSType',
    ]),
    ...validateTokenRequests(path.child('tokenRequests'), spec.tokenRequests),
    ...(spec.volumeLifecycleModes ?? []).flatMap(mode =>
      optionalOneOf(path.child('volumeLifecycleModes'), mode, ['Persistent', 'Ephemeral']),
    ),
    ...(period !== undefined && period < updatePeriodSecondsMin
      ? [
          fieldError.invalid(
            path.child('nodeAllocatableUpdatePeriodSeconds'),
            period,
            `must be greater than or equal to ${updatePeriodSecondsMin} seconds`,
          ),
        ]
      : []),
    ...(spec.serviceAccountTokenInSecrets !== undefined && !spec.tokenRequests?.length
      ? [
          fieldError.invalid(
            path.child('serviceAccountTokenInSecrets'),
            spec.serviceAccountTokenInSecrets,
            'serviceAccountTokenInSecrets is set but no tokenRequests are specified',
          ),
        ]
      : []),
  ];
}

function validateUpdate({ spec }: CSIDriver, { spec: old }: CSIDriver): FieldError[] {
  const path = FieldPath.of('spec');
  return [
    // Upstream's path is not quite the field's name.
    ...immutable(path.child('attachedRequired'), spec.attachRequired, old.attachRequired),
    ...immutable(path.child('volumeLifecycleModes'), spec.volumeLifecycleModes, old.volumeLifecycleModes),
  ];
}

/** Tokens in a volume's attributes may come into logs (KEP-5538). */
function warnings({ spec }: CSIDriver, old?: CSIDriver): string[] {
  const { tokenRequests = [], serviceAccountTokenInSecrets } = spec;
  const isNew = !old || !deepEqual(tokenRequests, old.spec.tokenRequests ?? []);
  if (tokenRequests.length === 0 || serviceAccountTokenInSecrets !== undefined || !isNew) return [];
  return [
    'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
  ];
}

export const csiDriverResource = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.CSIDriver' }],
  kind: 'CSIDriver',
  resource: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  strategy: {
    allowUnconditionalUpdate: false,
    setDefaults,
    prepareForCreate: object => dropPrevention(object),
    prepareForUpdate,
    validate,
    validateUpdate,
    warnings,
    returnDeletedObject: true,
  },
  columns: [
    nameColumn,
    column('AttachRequired', 'boolean'),
    column('PodInfoOnMount', 'boolean'),
    column('StorageCapacity', 'boolean'),
    column('TokenRequests'),
    column('RequiresRepublish', 'boolean'),
    column('Modes'),
    ageColumn,
  ],
  row: (object, nowMs) => {
    const { spec } = object;
    return [
      object.metadata.name,
      spec.attachRequired ?? true,
      spec.podInfoOnMount ?? false,
      spec.storageCapacity ?? false,
      spec.tokenRequests?.map(request => request.audience).join(',') ?? '<unset>',
      spec.requiresRepublish ?? false,
      spec.volumeLifecycleModes?.join(',') || '<none>',
      age(object, nowMs),
    ];
  },
});
