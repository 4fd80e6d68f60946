import { age, ageColumn, column, nameColumn, templateCells, templateColumns } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '../generated/types/apps.v1.ts';
import type { PodTemplateSpec, Volume } from '../generated/types/core.v1.ts';
import { setClaimDefaults } from '../core/persistent-volume-claim.ts';
import { dropDisabled, setPodTemplateDefaults } from '../core/pod/defaults.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { workloadWarnings } from '../core/pod/warnings.ts';
import { validateClaimSpec } from '../claim-spec-validation.ts';
import { claimSpecWarnings } from '../storage-warnings.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import { asInternal } from '../internal-type.ts';
import { nonNegative, optionalName } from '../validation.ts';
import {
  isZero,
  validateAtMostAll,
  validateCollisions,
  validateCountOrPercent,
  validateReplicaCounts,
  validateWorkload,
} from '../workload-validation.ts';

/** Who names the type without a word on how is given no partition. */
function setUpdateStrategyDefaults(strategy: StatefulSetUpdateStrategy): void {
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0;
}

function setDefaults({ spec }: StatefulSet): void {
  if (!spec) return;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  setUpdateStrategyDefaults(spec.updateStrategy);
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  setPodTemplateDefaults(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    setClaimDefaults(claim);
  }
}

const path = FieldPath.of('spec');
const counts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
const mutableFields = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

function validateUpdateStrategy({ updateStrategy }: StatefulSetSpec): FieldError[] {
  const at = path.child('updateStrategy');
  const { type, rollingUpdate } = updateStrategy ?? {};
  if (!type) return [fieldError.required(at)];
  if (type === 'OnDelete') {
    if (!rollingUpdate) return [];
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    const shown = asInternal('apps.RollingUpdateStatefulSetStrategy', rollingUpdate);
    return [fieldError.invalid(at.child('rollingUpdate'), shown, detail)];
  }
  if (type !== 'RollingUpdate') {
    const shown = asInternal('apps.StatefulSetUpdateStrategy', updateStrategy);
    return [fieldError.invalid(at, shown, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  const maxUnavailable = rollingUpdate?.maxUnavailable;
  const unavailablePath = at.child('rollingUpdate', 'maxUnavailable');
  const errors = [
    ...nonNegative(at.child('rollingUpdate', 'partition'), rollingUpdate?.partition),
    ...validateCountOrPercent(unavailablePath, maxUnavailable),
  ];
  if (maxUnavailable !== undefined && isZero(maxUnavailable)) {
    errors.push(fieldError.invalid(unavailablePath, maxUnavailable, 'cannot be 0'));
  }
  return [...errors, ...validateAtMostAll(unavailablePath, maxUnavailable)];
}

function validateManagement({ podManagementPolicy: policy }: StatefulSetSpec): FieldError[] {
  const at = path.child('podManagementPolicy');
  if (!policy) return [fieldError.required(at)];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [fieldError.invalid(at, policy, "must be 'OrderedReady' or 'Parallel'")];
}

/** What becomes of claims. Upstream does not sort the choices. */
function keptOrNot(at: FieldPath, policy = ''): FieldError[] {
  const choices = ['Retain', 'Delete'];
  return choices.includes(policy) ? [] : [fieldError.notSupported(at, policy, choices)];
}

/** A set's claims never change, so they are judged once. */
function validateClaims({ volumeClaimTemplates = [] }: StatefulSetSpec): FieldError[] {
  const at = path.child('volumeClaimTemplates');
  return volumeClaimTemplates.flatMap(({ spec }, i) => validateClaimSpec(at.index(i).child('spec'), spec));
}

/** How many pods may be away at once is behind a feature gate that is off: only who has it keeps it. */
function dropMaxUnavailable({ spec }: StatefulSet, old?: StatefulSet): void {
  if (old?.spec?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return;
  delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
}

/** Names of services were not looked at once: a set that has one keeps it. */
function validate({ spec }: StatefulSet, _context: StrategyContext, old?: StatefulSet): FieldError[] {
  if (!spec) return [fieldError.required(path.child('selector'))];
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  const retentionPath = path.child('persistentVolumeClaimRetentionPolicy');
  return [
    ...validateManagement(spec),
    ...validateUpdateStrategy(spec),
    ...keptOrNot(retentionPath.child('whenDeleted'), retention?.whenDeleted),
    ...keptOrNot(retentionPath.child('whenScaled'), retention?.whenScaled),
    ...(old ? [] : validateClaims(spec)),
    ...nonNegative(path.child('replicas'), spec.replicas),
    ...nonNegative(path.child('minReadySeconds'), spec.minReadySeconds),
    ...nonNegative(path.child('ordinals', 'start'), spec.ordinals?.start),
    ...(old ? [] : optionalName(path.child('serviceName'), spec.serviceName, checkDns1123Label)),
    ...validateWorkload('StatefulSet', { ...spec, template: withClaims(spec) }),
  ];
}

/** The template as its pods have it: each of the set's claims is a volume, instead of one of its name. */
function withClaims({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (!template?.spec || volumeClaimTemplates.length === 0) return template;
  const claims = new Map(
    volumeClaimTemplates.map(({ metadata }): [string, Volume] => {
      const name = metadata?.name ?? '';
      return [name, { name, persistentVolumeClaim: { claimName: name } }];
    }),
  );
  const own = (template.spec.volumes ?? []).filter(({ name }) => !claims.has(name));
  return { ...template, spec: { ...template.spec, volumes: [...claims.values(), ...own] } };
}

function immutablePart(spec: StatefulSetSpec | undefined): Partial<StatefulSetSpec> {
  const rest: Partial<StatefulSetSpec> = { ...spec };
  for (const name of mutableFields) delete rest[name];
  return rest;
}

function validateUpdate({ spec }: StatefulSet, { spec: old }: StatefulSet): FieldError[] {
  if (deepEqual(immutablePart(spec), immutablePart(old))) return [];
  const names = mutableFields.map(name => `'${name}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  const detail = `updates to statefulset spec for fields other than ${list} are forbidden`;
  return [fieldError.forbidden(path, detail)];
}

/** Updates are told of another path, as upstream spells it. */
function claimTemplateWarnings({ spec }: StatefulSet, old?: StatefulSet): string[] {
  const below = old ? '.Spec' : '';
  return (spec?.volumeClaimTemplates ?? []).flatMap((claim, i) =>
    claimSpecWarnings(`spec.volumeClaimTemplates[${i}]${below}`, claim.spec),
  );
}

function historyWarnings({ spec }: StatefulSet): string[] {
  if ((spec?.revisionHistoryLimit ?? 0) >= 0) return [];
  const advice = 'a negative value retains all historical revisions; a value >= 0 is recommended';
  return [`spec.revisionHistoryLimit: ${advice}`];
}

export const statefulSetResource = defineResource<StatefulSet>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.StatefulSet' }],
  kind: 'StatefulSet',
  resource: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    selectorPath: 'spec.selector',
  },
  strategy: {
    nameRule: 'dns1123Label',
    setDefaults,
    dropDisabled: ({ spec }) => dropDisabled(spec?.template?.spec),
    prepareForCreate: object => {
      object.status = { replicas: 0, availableReplicas: 0 };
      dropMaxUnavailable(object);
    },
    prepareForUpdate: dropMaxUnavailable,
    warnings: (object, old) => [
      ...workloadWarnings(object, old),
      ...claimTemplateWarnings(object, old),
      ...historyWarnings(object),
    ],
    validate,
    validateUpdate,
    validateStatusUpdate: (object, old) => [
      ...validateReplicaCounts({ ...object.status }, counts),
      ...validateCollisions(object, old),
    ],
  },
  fillBookmark: object => {
    object.spec = { replicas: 0, ...object.spec! };
  },
  columns: [nameColumn, column('Ready'), ageColumn, ...templateColumns],
  row: (object, nowMs) => [
    object.metadata.name,
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    age(object, nowMs),
    ...templateCells(object.spec?.template),
  ],
});
