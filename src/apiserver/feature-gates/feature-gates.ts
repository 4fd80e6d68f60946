import { type MetricFamily, SampledFamily } from '#base/metric-families.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { knownGates } from './known.ts';

/** Gates of what this server can do with and without; all others are as upstream has them by default. */
const switchable = [
  'APIResponseCompression',
  'APIServerIdentity',
  'ComponentFlagz',
  'ComponentStatusz',
  'StorageVersionHash',
  'TokenRequestServiceAccountUIDValidation',
] as const;

export type SwitchableGate = (typeof switchable)[number];

/** Which features are on. */
export class FeatureGates {
  readonly #asked: ReadonlyMap<string, boolean>;
  readonly families: readonly MetricFamily[];

  constructor(asked: Readonly<Record<string, boolean>> = {}) {
    this.#asked = new Map(Object.entries(asked));
    this.families = [
      new SampledFamily(
        {
          name: 'kubernetes_feature_enabled',
          help: 'This metric records the data about the stage and enablement of a k8s feature.',
          stability: 'BETA',
        },
        () => this.#samples(),
      ),
    ];
  }

  isOn(name: SwitchableGate): boolean {
    return this.#asked.get(name) ?? knownGates.get(name)!.isOn;
  }

  #samples(): [{ name: string; stage: string }, number][] {
    return Array.from(knownGates, ([name, { stage, isOn }]) => [
      { name, stage: stage === 'GA' ? '' : stage },
      Number(this.#asked.get(name) ?? isOn),
    ]);
  }
}

/** What is wrong with the gates that somebody asks for. */
export function validateFeatureGates(
  asked: Readonly<Record<string, boolean>>,
  path: FieldPath,
): FieldError[] {
  return Object.entries(asked).flatMap(([name, value]) => {
    const problem = gateProblem(name, value);
    return problem === undefined ? [] : [fieldError.invalid(path.key(name), value, problem)];
  });
}

function gateProblem(name: string, value: boolean): string | undefined {
  const known = knownGates.get(name);
  if (!known) return `unrecognized feature gate: ${name}`;
  const { isOn, isLocked } = known;
  if (value === isOn || switchable.some(one => one === name)) return undefined;
  if (isLocked) return `cannot set feature gate ${name} to ${value}, feature is locked to ${isOn}`;
  return `this server has the feature ${isOn ? 'always on' : 'always off'}; there are ${switchable.join(', ')}`;
}
