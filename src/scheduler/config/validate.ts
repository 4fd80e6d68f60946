/** What is wrong with a configuration, once defaults are filled in. */
import { isExtended } from '#api/core/pod/validate-resources.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { parseDuration } from '#machinery/go-values.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { extensionPoints } from '../framework/points.ts';
import { configApiVersion } from './decode.ts';
import type { CompleteConfiguration, CompleteProfile } from './defaults.ts';
import type { ConfigurablePlugin, ExtenderConfiguration } from './types.ts';
import { argumentValidators } from './validate-arguments.ts';

export function validateConfiguration(config: CompleteConfiguration): readonly FieldError[] {
  const { parallelism, podInitialBackoffSeconds: initial, podMaxBackoffSeconds: max } = config;
  const at = (name: string) => FieldPath.of(name);
  return [
    ...validateConnection(config),
    ...validateElection(config),
    ...(parallelism > 0
      ? []
      : [fieldError.invalid(at('parallelism'), parallelism, 'should be an integer value greater than zero')]),
    ...validateProfiles(at('profiles'), config.profiles),
    ...validatePercentage(at('percentageOfNodesToScore'), config.percentageOfNodesToScore),
    ...(initial > 0
      ? []
      : [fieldError.invalid(at('podInitialBackoffSeconds'), initial, 'must be greater than 0')]),
    ...(max >= initial
      ? []
      : [
          fieldError.invalid(
            at('podMaxBackoffSeconds'),
            max,
            'must be greater than or equal to PodInitialBackoffSeconds',
          ),
        ]),
    ...validateExtenders(at('extenders'), config.extenders),
  ];
}

function validateConnection({ clientConnection: { burst = 0 } }: CompleteConfiguration): FieldError[] {
  const path = FieldPath.of('clientConnection', 'burst');
  return burst < 0 ? [fieldError.invalid(path, burst, 'must be non-negative')] : [];
}

function validateElection({ leaderElection }: CompleteConfiguration): FieldError[] {
  const { leaderElect, leaseDuration, renewDeadline, resourceLock } = leaderElection;
  if (!leaderElect) return [];
  const path = FieldPath.of('leaderElection');
  const errors: FieldError[] = [];
  for (const name of ['leaseDuration', 'renewDeadline', 'retryPeriod'] as const) {
    if (parseDuration(leaderElection[name]) > 0n) continue;
    errors.push(fieldError.invalid(path.child(name), leaderElection[name], 'must be greater than zero'));
  }
  if (parseDuration(leaseDuration) <= parseDuration(renewDeadline)) {
    const detail = 'must be greater than `RenewDeadline`';
    errors.push(fieldError.invalid(path.child('leaseDuration'), renewDeadline, detail));
  }
  for (const name of ['resourceLock', 'resourceNamespace', 'resourceName'] as const) {
    if (!leaderElection[name]) errors.push(fieldError.required(path.child(name)));
  }
  if (resourceLock !== 'leases') {
    const detail = 'resourceLock value must be "leases"';
    errors.push(fieldError.invalid(path.child('resourceLock'), resourceLock, detail));
  }
  return errors;
}

function validateProfiles(path: FieldPath, profiles: readonly CompleteProfile[]): FieldError[] {
  return [
    ...profiles.flatMap((profile, i) => {
      const first = profiles.findIndex(other => other.schedulerName === profile.schedulerName);
      return [
        ...validateProfile(path.index(i), profile),
        ...(first < i
          ? [
              fieldError.duplicate(
                path.index(i).child('schedulerName'),
                String(path.index(first).child('schedulerName')),
              ),
            ]
          : []),
      ];
    }),
    ...validateCommonQueueSort(path, profiles),
  ];
}

function validatePercentage(path: FieldPath, percentage: number | undefined): FieldError[] {
  if (percentage === undefined || (percentage >= 0 && percentage <= 100)) return [];
  return [fieldError.invalid(path, percentage, 'not in valid range [0-100]')];
}

/** Plugins that earlier versions had. */
const removedPlugins = ['AzureDiskLimits', 'CinderLimits', 'EBSLimits', 'GCEPDLimits'];

function removed(path: FieldPath, name: string): FieldError[] {
  if (!removedPlugins.includes(name)) return [];
  const detail = `was invalid in version "${configApiVersion}" (KubeSchedulerConfiguration is version "${configApiVersion}")`;
  return [fieldError.invalid(path, name, detail)];
}

function validateProfile(path: FieldPath, profile: CompleteProfile): FieldError[] {
  const { schedulerName, percentageOfNodesToScore, plugins, pluginConfig } = profile;
  return [
    ...(schedulerName ? [] : [fieldError.required(path.child('schedulerName'))]),
    ...validatePercentage(path.child('percentageOfNodesToScore'), percentageOfNodesToScore),
    ...extensionPoints.flatMap(point =>
      (plugins[point]?.enabled ?? []).flatMap(({ name }, i) =>
        removed(path.child('plugins', point, 'enabled').index(i), name),
      ),
    ),
    ...pluginConfig.flatMap(({ name, args }, i) => {
      const at = path.child('pluginConfig').index(i);
      const repeated = pluginConfig.findIndex(other => other.name === name) < i;
      const validate = argumentValidators[name as ConfigurablePlugin] as
        | ((path: FieldPath, args: unknown) => readonly FieldError[])
        | undefined;
      return [
        ...(repeated ? [fieldError.duplicate(at, name)] : []),
        ...removed(at, name),
        ...(validate?.(at.child('args'), args) ?? []),
      ];
    }),
  ];
}

/** All profiles share one queue, so they must agree on its order. */
function validateCommonQueueSort(path: FieldPath, profiles: readonly CompleteProfile[]): FieldError[] {
  const setOf = ({ plugins }: CompleteProfile) => ({ enabled: [], disabled: [], ...plugins.queueSort });
  const [first] = profiles;
  const canon = setOf(first!);
  const errors: FieldError[] = [];
  const enabled = canon.enabled.length;
  if (enabled > 1) {
    const at = path.index(0).child('plugins', 'queueSort', 'Enabled');
    errors.push(fieldError.invalid(at, enabled, 'only one queue sort plugin can be enabled'));
  }
  const argsOf = ({ pluginConfig }: CompleteProfile) =>
    pluginConfig.find(({ name }) => name === canon.enabled[0]?.name)?.args;
  for (const [i, profile] of profiles.entries()) {
    if (!deepEqual(setOf(profile), canon)) {
      const at = path.index(i).child('plugins', 'queueSort');
      errors.push(fieldError.invalid(at, setOf(profile), 'must be the same for all profiles'));
    }
    if (!deepEqual(argsOf(profile), argsOf(first!))) {
      const at = path.index(i).child('pluginConfig', 'args');
      errors.push(fieldError.invalid(at, argsOf(profile), 'queueSort must be the same for all profiles'));
    }
  }
  return errors;
}

function validateExtenders(path: FieldPath, extenders: readonly ExtenderConfiguration[]): FieldError[] {
  const managed = new Set<string>();
  const errors = extenders.flatMap(({ prioritizeVerb, weight = 0, managedResources = [] }, i) => {
    const at = path.index(i);
    return [
      ...(prioritizeVerb && weight <= 0
        ? [fieldError.invalid(at.child('weight'), weight, 'must have a positive weight applied to it')]
        : []),
      ...managedResources.flatMap(({ name }, j) => {
        const namePath = at.child('managedResources').index(j).child('name');
        const repeated = managed.has(name);
        managed.add(name);
        return [
          ...validateManaged(namePath, name),
          ...(repeated
            ? [fieldError.invalid(namePath, name, 'duplicate extender managed resource name')]
            : []),
        ];
      }),
    ];
  });
  const binders = extenders.filter(({ bindVerb }) => bindVerb).length;
  if (binders > 1) {
    const found = `found ${binders} extenders implementing bind`;
    errors.push(fieldError.invalid(path, found, 'only one extender can implement bind'));
  }
  return errors;
}

function validateManaged(path: FieldPath, name: string): FieldError[] {
  const wrong = checkQualifiedName(name).map(message => fieldError.invalid(path, name, message));
  if (wrong.length > 0 || isExtended(name)) return wrong;
  return [fieldError.invalid(path, name, 'is an invalid extended resource name')];
}
