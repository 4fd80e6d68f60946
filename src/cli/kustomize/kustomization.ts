import { DecodeError } from '#machinery/decode-error.ts';
import { goValueName } from '#machinery/normalize.ts';
import { parseYaml } from '#machinery/yaml.ts';
import { CliError } from '../errors.ts';
import type { FieldSpec } from './field-spec.ts';
import type { Gvk } from './identity.ts';
import { isMap, type JsonMap } from './json.ts';

export interface Selector extends Gvk {
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

export interface Patch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: Selector;
  readonly options?: { readonly allowNameChange?: boolean; readonly allowKindChange?: boolean };
}

export interface LabelRule {
  readonly pairs?: Record<string, string>;
  readonly includeSelectors?: boolean;
  readonly includeTemplates?: boolean;
  readonly fields?: readonly FieldSpec[];
}

export interface ImageRule {
  readonly name?: string;
  readonly newName?: string;
  readonly tagSuffix?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

export interface ReplicaRule {
  readonly name?: string;
  readonly count?: number;
}

export interface FieldOptions {
  readonly delimiter?: string;
  readonly index?: number;
  readonly create?: boolean;
}

export interface Replacement {
  readonly path?: string;
  readonly source?: Selector & { readonly fieldPath?: string; readonly options?: FieldOptions };
  readonly sourceValue?: string;
  readonly targets?: readonly {
    readonly select?: Selector;
    readonly reject?: readonly Selector[];
    readonly fieldPaths?: readonly string[];
    readonly options?: FieldOptions;
  }[];
}

export interface Variable {
  readonly name?: string;
  readonly objref?: Selector & { readonly apiVersion?: string };
  readonly fieldref?: { readonly fieldPath?: string };
}

export interface GeneratorOptions {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly disableNameSuffixHash?: boolean;
  readonly immutable?: boolean;
}

export interface GeneratorRule {
  readonly name?: string;
  readonly namespace?: string;
  readonly behavior?: string;
  readonly literals?: readonly string[];
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
  readonly env?: string;
  readonly options?: GeneratorOptions;
  /** Of secrets. */
  readonly type?: string;
}

export interface SortOptions {
  readonly order?: string;
  readonly legacySortOptions?: {
    readonly orderFirst?: readonly string[];
    readonly orderLast?: readonly string[];
  };
}

/** A kustomization file, its lists there even where it has none. */
export interface Kustomization {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly namespace?: string;
  readonly commonLabels?: Record<string, string>;
  readonly labels: readonly LabelRule[];
  readonly commonAnnotations?: Record<string, string>;
  readonly patches: readonly Patch[];
  readonly patchesStrategicMerge: readonly string[];
  readonly patchesJson6902: readonly Patch[];
  readonly images: readonly ImageRule[];
  readonly replicas: readonly ReplicaRule[];
  readonly replacements: readonly Replacement[];
  readonly vars: readonly Variable[];
  readonly resources: readonly string[];
  readonly components: readonly string[];
  readonly configMapGenerator: readonly GeneratorRule[];
  readonly secretGenerator: readonly GeneratorRule[];
  readonly generatorOptions?: GeneratorOptions;
  readonly configurations: readonly string[];
  readonly buildMetadata: readonly string[];
  readonly sortOptions?: SortOptions;
}

/** What a field holds: a scalar, a list of that, a map of texts, anything, or a struct of such. */
type Shape =
  | 'string'
  | 'bool'
  | 'int'
  | 'texts'
  | 'any'
  | readonly [Shape]
  | { readonly [field: string]: Shape };

const texts: Shape = ['string'];
const gvk = { group: 'string', version: 'string', kind: 'string' } as const;
const selector = {
  ...gvk,
  name: 'string',
  namespace: 'string',
  labelSelector: 'string',
  annotationSelector: 'string',
} as const;
const patch = {
  path: 'string',
  patch: 'string',
  target: selector,
  options: { allowNameChange: 'bool', allowKindChange: 'bool' },
} as const;
const image = {
  name: 'string',
  newName: 'string',
  tagSuffix: 'string',
  newTag: 'string',
  digest: 'string',
} as const;
const generatorOptions = {
  labels: 'texts',
  annotations: 'texts',
  disableNameSuffixHash: 'bool',
  immutable: 'bool',
} as const;
const configMap = {
  namespace: 'string',
  name: 'string',
  behavior: 'string',
  literals: texts,
  files: texts,
  envs: texts,
  env: 'string',
  options: generatorOptions,
} as const;
const fieldOptions = { delimiter: 'string', index: 'int', encoding: 'string', create: 'bool' } as const;
const replacement = {
  path: 'string',
  sourceValue: 'string',
  source: { ...gvk, name: 'string', namespace: 'string', fieldPath: 'string', options: fieldOptions },
  targets: [{ select: selector, reject: [selector], fieldPaths: texts, options: fieldOptions }],
} as const;

const fields: { readonly [field: string]: Shape } = {
  apiVersion: 'string',
  kind: 'string',
  metadata: 'any',
  openapi: 'texts',
  namePrefix: 'string',
  nameSuffix: 'string',
  namespace: 'string',
  commonLabels: 'texts',
  labels: [
    {
      pairs: 'texts',
      includeSelectors: 'bool',
      includeTemplates: 'bool',
      fields: [{ ...gvk, path: 'string', create: 'bool' }],
    },
  ],
  commonAnnotations: 'texts',
  patchesStrategicMerge: texts,
  patchesJson6902: [patch],
  patches: [patch],
  images: [image],
  imageTags: [image],
  replacements: [replacement],
  replicas: [{ name: 'string', count: 'int' }],
  vars: [
    {
      name: 'string',
      objref: { apiVersion: 'string', ...gvk, name: 'string', namespace: 'string' },
      fieldref: { fieldPath: 'string' },
    },
  ],
  sortOptions: { order: 'string', legacySortOptions: { orderFirst: texts, orderLast: texts } },
  resources: texts,
  components: texts,
  crds: texts,
  bases: texts,
  configMapGenerator: [configMap],
  secretGenerator: [{ ...configMap, type: 'string' }],
  helmGlobals: 'any',
  helmCharts: ['any'],
  helmChartInflationGenerator: ['any'],
  generatorOptions,
  configurations: texts,
  generators: texts,
  transformers: texts,
  validators: texts,
  buildMetadata: texts,
};

const deprecated: readonly (readonly [field: string, instead: string, experimental?: boolean])[] = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['imageTags', 'images'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
  ['vars', 'replacements', true],
];

/** What a kustomization may ask for and is not done here, and why. */
const unsupported: Readonly<Record<string, string>> = {
  crds: 'crds: name the fields in a file of configurations instead',
  generators: 'generators',
  transformers: 'transformers',
  validators: 'validators',
  helmCharts: 'helmCharts',
  helmChartInflationGenerator: 'helmChartInflationGenerator',
  openapi: 'openapi',
};

/** Reads a kustomization file's text. `warn` is told of fields that have successors. */
export function readKustomization(text: string, root: string, warn: (line: string) => void): Kustomization {
  const value = parsed(text);
  const { kind = 'Kustomization', apiVersion, ...rest } = value;
  for (const [field, instead, experimental] of deprecated)
    if (value[field] !== undefined && value[field] !== null)
      warn(
        `# Warning: '${field}' is deprecated. Please use '${instead}' instead. ${experimental ? '[EXPERIMENTAL] ' : ''}Run 'kustomize edit fix' to update your Kustomization automatically.`,
      );
  if (Object.values(rest).every(isNothing)) throw new CliError('kustomization.yaml is empty');
  const wanted = kind === 'Component' ? 'v1alpha1' : 'v1beta1';
  const problems = [
    ...(kind === 'Kustomization' || kind === 'Component'
      ? []
      : ['kind should be Kustomization or Component']),
    ...(!apiVersion || apiVersion === `kustomize.config.k8s.io/${wanted}`
      ? []
      : [`apiVersion for ${kind} should be kustomize.config.k8s.io/${wanted}`]),
  ];
  if (problems.length > 0)
    throw new CliError(`Failed to read kustomization file under ${root}:\n${problems.join('\n')}`);
  for (const [field, what] of Object.entries(unsupported))
    if (!isNothing(value[field])) throw new CliError(`kustomizations with ${what} are not supported`);
  for (const option of (value.buildMetadata ?? []) as string[])
    if (option !== 'managedByLabel')
      throw new CliError(`kustomizations with buildMetadata ${option} are not supported`);
  const list = (field: string) => (value[field] ?? []) as never[];
  return {
    ...(value as Partial<Kustomization>),
    kind: kind as string,
    resources: [...list('resources'), ...list('bases')],
    images: [...list('images'), ...list('imageTags')],
    labels: list('labels'),
    patches: list('patches'),
    patchesStrategicMerge: list('patchesStrategicMerge'),
    patchesJson6902: list('patchesJson6902'),
    replicas: list('replicas'),
    replacements: list('replacements'),
    vars: list('vars'),
    components: list('components'),
    configMapGenerator: list('configMapGenerator'),
    secretGenerator: list('secretGenerator'),
    configurations: list('configurations'),
    buildMetadata: list('buildMetadata'),
  };
}

/** The zero value of a field's type, which Go cannot tell from none. */
function isNothing(value: unknown): boolean {
  if (isMap(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '';
}

function parsed(text: string): JsonMap {
  try {
    const value = parseYaml(text);
    if (value === null) return {};
    return shaped(value, fields, 'Kustomization', '') as JsonMap;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new CliError(`invalid Kustomization: ${error.message}`);
  }
}

/** The value with its fields' names as they are written, where it has `shape`. As Go reads it, names may be in any case. */
function shaped(value: unknown, shape: Shape, struct: string, field: string): unknown {
  if (value === null || shape === 'any') return value;
  const wrong = () =>
    new DecodeError(
      `json: cannot unmarshal ${goValueName(value)} into Go ${field === '' ? 'value' : `struct field ${struct}.${field}`} of type ${goType(shape)}`,
    );
  if (typeof shape === 'string') {
    if (shape === 'texts') {
      if (!isMap(value)) throw wrong();
      for (const text of Object.values(value)) shaped(text ?? '', 'string', struct, field);
      return value;
    }
    const type = shape === 'int' ? 'number' : shape === 'bool' ? 'boolean' : 'string';
    if (typeof value !== type) throw wrong();
    return value;
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) throw wrong();
    return value.map(item => shaped(item, shape[0], struct, field));
  }
  if (!isMap(value)) throw wrong();
  const known = new Map(Object.keys(shape).map(name => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const real = Object.hasOwn(shape, name) ? name : known.get(name.toLowerCase());
      if (!real) throw new DecodeError(`json: unknown field ${JSON.stringify(name)}`);
      return [real, shaped(part, shape[real]!, struct, field === '' ? real : `${field}.${real}`)];
    }),
  );
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function goType(shape: Shape): string {
  if (isList(shape)) return `[]${goType(shape[0])}`;
  if (typeof shape !== 'string') return 'struct';
  return shape === 'texts' ? 'map[string]string' : shape === 'any' ? 'interface {}' : shape;
}
