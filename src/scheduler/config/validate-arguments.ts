/** What is wrong with plugins' arguments, once defaults are filled in. */
import { validateNodeAffinity } from '#api/core/pod/validate-scheduling.ts';
import type { TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelName } from '#machinery/metadata.ts';
import type { ConfigurablePlugin, PluginArguments, ResourceSpec, UtilizationShapePoint } from './types.ts';

type Validator<Args> = (path: FieldPath, args: Args) => readonly FieldError[];

function range(path: FieldPath, value: number | undefined, low: number, high: number): FieldError[] {
  if (value === undefined || (value >= low && value <= high)) return [];
  const end = high === Number.POSITIVE_INFINITY ? 'inf)' : `${high}]`;
  return [fieldError.invalid(path, value, `not in valid range [${low}, ${end}`)];
}

export const argumentValidators: { readonly [Name in ConfigurablePlugin]: Validator<PluginArguments[Name]> } =
  {
    DefaultPreemption(
      path,
      { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute },
    ) {
      const [first, second] = ['minCandidateNodesPercentage', 'minCandidateNodesAbsolute'] as const;
      const notBoth = (name: string, other: string) =>
        fieldError.invalid(path.child(name), 0, `cannot be zero at the same time as ${other}`);
      return [
        ...range(path.child(first), percentage, 0, 100),
        ...range(path.child(second), absolute, 0, Number.POSITIVE_INFINITY),
        ...(percentage === 0 && absolute === 0 ? [notBoth(first, second), notBoth(second, first)] : []),
      ];
    },
    InterPodAffinity: (path, { hardPodAffinityWeight }) =>
      range(path.child('hardPodAffinityWeight'), hardPodAffinityWeight, 0, 100),
    NodeAffinity: (path, { addedAffinity }) =>
      validateNodeAffinity(path.child('addedAffinity'), addedAffinity),
    NodeResourcesBalancedAllocation(path, { resources = [] }) {
      return resources.flatMap(({ name, weight }, i) => {
        const at = path.child('resources').index(i);
        const repeated = resources.findIndex(other => other.name === name) < i;
        return [
          ...(repeated ? [fieldError.duplicate(at.child('name'), name)] : []),
          ...(weight === 1 ? [] : [fieldError.invalid(at.child('weight'), weight, 'must be 1')]),
        ];
      });
    },
    NodeResourcesFit: (path, args) => [
      ...(args.ignoredResources ?? []).flatMap((name, i) =>
        validateLabelName(name, path.child('ignoredResources').index(i)),
      ),
      ...(args.ignoredResourceGroups ?? []).flatMap((group, i) =>
        validateGroup(path.child('ignoredResourceGroups').index(i), group),
      ),
      ...validateStrategy(path.child('scoringStrategy'), args.scoringStrategy!),
    ],
    PodTopologySpread: (path, { defaultingType, defaultConstraints = [] }) => [
      ...validateDefaulting(path.child('defaultingType'), defaultingType, defaultConstraints),
      ...defaultConstraints.flatMap((_, i) =>
        validateConstraint(path.child('defaultConstraints').index(i), defaultConstraints, i),
      ),
    ],
    VolumeBinding(path, { bindTimeoutSeconds = 0, shape }) {
      const timeout = path.child('bindTimeoutSeconds');
      return [
        ...(bindTimeoutSeconds < 0
          ? [
              fieldError.invalid(
                timeout,
                bindTimeoutSeconds,
                'invalid BindTimeoutSeconds, should not be a negative value',
              ),
            ]
          : []),
        ...(shape
          ? [
              fieldError.invalid(
                path.child('shape'),
                shape,
                'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring',
              ),
            ]
          : []),
      ];
    },
  };

function validateGroup(path: FieldPath, group: string): FieldError[] {
  return [
    ...(group.includes('/')
      ? [fieldError.invalid(path, group, "resource group name can't contain '/'")]
      : []),
    ...validateLabelName(group, path),
  ];
}

const strategies = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'];

function validateStrategy(
  path: FieldPath,
  strategy: NonNullable<PluginArguments['NodeResourcesFit']['scoringStrategy']>,
): FieldError[] {
  const { type = '', resources = [], requestedToCapacityRatio } = strategy;
  const errors = [
    ...(strategies.includes(type) ? [] : [fieldError.notSupported(path.child('type'), type, strategies)]),
    ...resources.flatMap((resource, i) => validateResource(path.child('resources').index(i), resource)),
  ];
  if (requestedToCapacityRatio) {
    errors.push(...validateShape(path.child('shape'), requestedToCapacityRatio.shape));
  } else if (type === 'RequestedToCapacityRatio') {
    const detail = 'must be specified when type is RequestedToCapacityRatio';
    errors.push(fieldError.required(path.child('requestedToCapacityRatio'), detail));
  }
  return errors;
}

function validateResource(path: FieldPath, { name, weight = 0 }: ResourceSpec): FieldError[] {
  if (weight > 0 && weight <= 100) return [];
  const detail = `resource weight of ${name} not in valid range (0, 100]`;
  return [fieldError.invalid(path.child('weight'), weight, detail)];
}

function validateShape(path: FieldPath, shape: readonly UtilizationShapePoint[] = []): FieldError[] {
  if (shape.length === 0) return [fieldError.required(path, 'at least one point must be specified')];
  const unsorted = shape.findIndex(({ utilization }, i) => i > 0 && shape[i - 1]!.utilization >= utilization);
  return [
    ...(unsorted < 0
      ? []
      : [
          fieldError.invalid(
            path.index(unsorted).child('utilization'),
            shape[unsorted]!.utilization,
            'values must be sorted in increasing order',
          ),
        ]),
    ...shape.flatMap(({ utilization, score }, i) => [
      ...range(path.index(i).child('utilization'), utilization, 0, 100),
      ...range(path.index(i).child('score'), score, 0, 10),
    ]),
  ];
}

function validateDefaulting(
  path: FieldPath,
  type: string | undefined,
  constraints: readonly unknown[],
): FieldError[] {
  if (type !== 'System' && type !== 'List') return [fieldError.notSupported(path, type, ['System', 'List'])];
  return type === 'System' && constraints.length > 0
    ? [fieldError.invalid(path, type, 'when .defaultConstraints are not empty')]
    : [];
}

function validateConstraint(
  path: FieldPath,
  constraints: readonly TopologySpreadConstraint[],
  index: number,
): FieldError[] {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraints[index]!;
  const keyPath = path.child('topologyKey');
  const whenPath = path.child('whenUnsatisfiable');
  const actions = ['DoNotSchedule', 'ScheduleAnyway'];
  const errors: FieldError[] = [];
  if (!(maxSkew > 0))
    errors.push(fieldError.invalid(path.child('maxSkew'), maxSkew, 'not in valid range (0, inf)'));
  if (!topologyKey) errors.push(fieldError.required(keyPath, 'can not be empty'));
  else errors.push(...validateLabelName(topologyKey, keyPath));
  if (!whenUnsatisfiable) errors.push(fieldError.required(whenPath, 'can not be empty'));
  else if (!actions.includes(whenUnsatisfiable))
    errors.push(fieldError.notSupported(whenPath, whenUnsatisfiable, actions));
  if (labelSelector) {
    const detail = 'constraint must not define a selector, as they deduced for each pod';
    errors.push(fieldError.forbidden(path.child('labelSelector'), detail));
  }
  const repeated = constraints.findIndex(
    other => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
  );
  if (repeated < index) errors.push(fieldError.duplicate(path, `{${topologyKey}, ${whenUnsatisfiable}}`));
  return errors;
}
