import { loadSchemas, type SchemaRegistry } from '#api/schemas.ts';
import type { KubeObject } from '#machinery/object.ts';
import { parseYaml } from '#machinery/yaml.ts';
import { CliError, messageOf } from '../errors.ts';
import type { CliFs } from '../io.ts';
import { readResources } from './documents.ts';
import { defaultFields, joinFields, noFields, type TransformerFields } from './field-specs.ts';
import { KustomizationFiles } from './files.ts';
import { generate } from './generators.ts';
import { contentHash } from './hash.ts';
import { type Kustomization, readKustomization, type SortOptions, type Variable } from './kustomization.ts';
import { isMap } from './json.ts';
import { fixNameReferences } from './name-references.ts';
import { inOrder } from './order.ts';
import type { Resource } from './resource.ts';
import { ResourceSet } from './resource-set.ts';
import { transformers } from './transformers.ts';
import { addVariables, resolveVariables } from './variables.ts';

export interface BuildOptions {
  readonly fs: CliFs;
  /** Files may be read from outside of the kustomizations' directories. Default false. */
  readonly unconfined?: boolean;
  /** Where the kustomization has no `sortOptions`. Default legacy. */
  readonly order?: 'legacy' | 'none';
  readonly managedByLabel?: boolean;
  /** Told of what has a successor, or is of no use. */
  warn(line: string): void;
}

/** What building goes on. */
interface Build {
  readonly options: BuildOptions;
  readonly schemas: SchemaRegistry;
}

/** What has come together on one level. */
interface Accumulated {
  readonly set: ResourceSet;
  fields: TransformerFields;
  variables: Map<string, Variable>;
}

/** The kustomize whose builds these are. */
export const kustomizeVersion = 'v5.8.1';

const managedBy = { key: 'app.kubernetes.io/managed-by', value: `kustomize-${kustomizeVersion}` };

/** The objects that the kustomization in a directory describes, as kustomize v5.8 makes them. Throws CliError. */
export async function buildKustomization(path: string, options: BuildOptions): Promise<KubeObject[]> {
  const files = await KustomizationFiles.open(options.fs, path, !options.unconfined);
  const kustomization = await read(files, options);
  const build: Build = { options, schemas: loadSchemas() };
  const all = await accumulate(build, kustomization, files, empty());
  finish(all, options);
  const { sortOptions, buildMetadata } = kustomization;
  const sort: SortOptions = sortOptions ?? { order: options.order === 'none' ? 'fifo' : 'legacy' };
  const resources = inOrder(all.set.resources, sort);
  for (const resource of resources) {
    if (options.managedByLabel || buildMetadata.includes('managedByLabel'))
      resource.setTexts('labels', { ...resource.labels, [managedBy.key]: managedBy.value });
    resource.setTexts('annotations', resource.annotations);
  }
  return resources.map(({ object }) => withNulls(object) as KubeObject);
}

/** Values that are not written are null in the end. */
function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls);
  if (!isMap(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withNulls(part)]));
}

function empty(): Accumulated {
  return { set: new ResourceSet(), fields: noFields, variables: new Map() };
}

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

async function read(files: KustomizationFiles, { warn }: BuildOptions): Promise<Kustomization> {
  const found: string[] = [];
  for (const name of fileNames) if (await files.has(name)) found.push(name);
  if (found.length === 0)
    throw new CliError(
      `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${files.root}'`,
    );
  if (found.length > 1) throw new CliError(`Found multiple kustomization files under: ${files.root}\n`);
  return readKustomization(await files.readText(found[0]!), files.root, warn);
}

/** What is done once, when all has come together. */
function finish({ set, fields, variables }: Accumulated, { warn }: BuildOptions): void {
  for (const resource of set.resources) {
    if (!resource.needsHash) continue;
    const hash = contentHash(resource);
    resource.remember();
    resource.name = `${resource.name}-${hash}`;
  }
  fixNameReferences(set, fields.nameReference);
  const unused = resolveVariables(variables, set, fields.varReference);
  if (unused.length > 0) warn(`well-defined vars that were never replaced: ${unused.join(',')}`);
  set.resources = set.resources.filter(({ annotations }) => {
    const local = annotations['config.kubernetes.io/local-config'];
    return local === undefined || local === 'false';
  });
}

/** Adds to `into` what a kustomization has, and transforms all that is there. */
async function accumulate(
  build: Build,
  kustomization: Kustomization,
  files: KustomizationFiles,
  into: Accumulated,
): Promise<Accumulated> {
  for (const path of kustomization.resources)
    await wrapped('accumulating resources', () => addResource(build, path, files, into));
  into.fields = joinFields(into.fields, await configuredFields(kustomization, files));
  for (const resource of await generate(kustomization, files))
    await wrapped('merging from generator', () => into.set.absorb(resource));
  for (const path of kustomization.components)
    await wrapped('accumulating components', () => addComponent(build, path, files, into));
  const { set, fields } = into;
  const { schemas } = build;
  for (const transform of transformers) await transform({ kustomization, set, fields, files, schemas });
  into.variables = addVariables(into.variables, kustomization.vars, set);
  return into;
}

async function configuredFields(
  { configurations }: Kustomization,
  files: KustomizationFiles,
): Promise<TransformerFields> {
  let fields = defaultFields;
  for (const path of configurations)
    fields = joinFields(fields, parseYaml(await files.readText(path)) as Partial<TransformerFields>);
  return fields;
}

/** A file of resources, or else the directory of another kustomization. */
async function addResource(
  build: Build,
  path: string,
  files: KustomizationFiles,
  into: Accumulated,
): Promise<void> {
  const problem = await addFile(path, files, into.set);
  if (!problem) return;
  const prefix = `accumulation err='${problem.message}'`;
  const below = await files.enter(path).catch(error => {
    // Broken YAML is a file's: that it is no directory either needs no telling.
    if (problem.message.includes('MalformedYAMLError')) throw problem;
    throw new CliError(`${prefix}: ${messageOf(error)}`);
  });
  await wrapped(prefix, () => addDirectory(build, below, into, false));
}

/** Adds a file's resources. Answers why it cannot. */
async function addFile(
  path: string,
  files: KustomizationFiles,
  set: ResourceSet,
): Promise<CliError | undefined> {
  let resources: Resource[];
  try {
    resources = readResources(await files.readText(path));
  } catch (error) {
    const message = messageOf(error);
    const where = message.includes('MalformedYAMLError') ? ` in File: ${path}` : '';
    return new CliError(`accumulating resources from '${path}': ${message}${where}`);
  }
  try {
    set.appendAll(resources);
    return undefined;
  } catch (error) {
    return new CliError(`merging resources from '${path}': ${messageOf(error)}`);
  }
}

async function addComponent(
  build: Build,
  path: string,
  files: KustomizationFiles,
  into: Accumulated,
): Promise<void> {
  const quoted = (prefix: string) => (error: unknown) => {
    throw new CliError(`${prefix} ${JSON.stringify(messageOf(error))}`);
  };
  const below = await files.enter(path).catch(quoted('loader.New'));
  await addDirectory(build, below as KustomizationFiles, into, true).catch(quoted('accumulateDirectory:'));
}

/** A component works on what there is; another kustomization on its own, which is then added. */
async function addDirectory(
  build: Build,
  files: KustomizationFiles,
  into: Accumulated,
  isComponent: boolean,
): Promise<void> {
  const { root } = files;
  const kustomization = await wrapped(`couldn't make target for path '${root}'`, () =>
    read(files, build.options),
  );
  const { kind } = kustomization;
  if (isComponent && kind !== 'Component')
    throw new CliError(`expected kind 'Component' for path '${root}' but got '${kind}'`);
  if (!isComponent && kind === 'Component')
    throw new CliError(`expected kind != 'Component' for path '${root}'`);
  const base = isComponent ? into : empty();
  const made = await wrapped(`recursed accumulation of path '${root}'`, () =>
    accumulate(build, kustomization, files, base),
  );
  if (isComponent) return;
  await wrapped(`recursed merging from path '${root}'`, () => {
    into.set.appendAll(made.set.resources);
    into.fields = joinFields(into.fields, made.fields);
    for (const [name, variable] of made.variables) {
      if (into.variables.has(name)) throw new CliError(`var '${name}' already encountered`);
      into.variables.set(name, variable);
    }
  });
}

async function wrapped<T>(prefix: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CliError(`${prefix}: ${messageOf(error)}`);
  }
}
