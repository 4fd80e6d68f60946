import type { KubeList, KubeObject } from '#machinery/object.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { hasReason, StatusError } from '#machinery/status.ts';
import { CliError, NoResourceMatchError, throwAll } from '../errors.ts';
import type { CliContext } from './context.ts';
import type { Mapping, RestMapper } from './discovery.ts';
import { dryRunOf, validationOf } from './flag-groups.ts';
import type { Manifest } from './manifests.ts';
import { namedManifests, namesFiles } from './named-files.ts';

/** An object that the user named, by type and name or in a file. `namespace` is '' for cluster-scoped ones. */
export interface ResourceInfo {
  readonly mapping: Mapping;
  readonly namespace: string;
  readonly name: string;
  /** From a file; what is in the server is fetched apart. */
  readonly object?: KubeObject;
  readonly source: string;
}

/** What the words of a command select. */
export interface Selection {
  /** Objects by name. */
  readonly infos: ResourceInfo[];
  /** Whole types, to list. */
  readonly types: Mapping[];
}

export interface SelectOptions {
  /** 'pods' alone means all of them (get); otherwise a name or a selector is required. */
  readonly allowTypeAlone?: boolean;
  /** Takes what fails for one object, so that the others go on; without it the first failure is thrown. */
  readonly onError?: (error: unknown) => void;
  readonly args?: readonly string[];
  /** False where what files hold only names objects. Default: as --validate asks. */
  readonly validated?: boolean;
}

/** True where a flag narrows types down: -l, --field-selector or --all. */
export function hasSelector(context: CliContext): boolean {
  const { flags } = context;
  return (
    (flags.has('selector') && flags.string('selector') !== '') ||
    (flags.has('field-selector') && flags.string('field-selector') !== '') ||
    (flags.has('all') && flags.bool('all'))
  );
}

const needsResource = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** Reads the words and files of a command by kubectl's rules, and their errors in its words. */
export async function select(context: CliContext, options: SelectOptions = {}): Promise<Selection> {
  const args = [...(options.args ?? context.args)];
  const fromFiles = namesFiles(context.flags);
  if (fromFiles && args.length > 0)
    throw new CliError(
      'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
    );
  if (fromFiles) return { infos: await infosOfFiles(context, options), types: [] };
  if (args.length === 0) throw new CliError(needsResource);
  const mapper = await context.mapper();
  const namespace = (await context.namespace()).name;
  const allNamespaces = context.flags.has('all-namespaces') && context.flags.bool('all-namespaces');
  if (args.some(arg => arg.includes('/')))
    return { infos: slashArguments(args, mapper, namespace, allNamespaces), types: [] };
  const types = typesOf(args[0]!, mapper);
  const names = args.slice(1);
  if (names.length === 0) {
    if (!options.allowTypeAlone && !hasSelector(context))
      throw new CliError('resource(s) were provided, but no name was specified');
    return { infos: [], types };
  }
  if (context.flags.has('selector') && context.flags.string('selector') !== '')
    throw new CliError('name cannot be provided when a selector is specified');
  return { infos: types.flatMap(mapping => named(mapping, names, namespace, allNamespaces)), types: [] };
}

/** 'deploy,svc' and 'all' as mappings. Several failures are one error each. */
function typesOf(text: string, mapper: RestMapper): Mapping[] {
  return text
    .split(',')
    .filter(part => part !== '')
    .flatMap(part => {
      const category = mapper.find(part) ? [] : mapper.category(part.toLowerCase());
      return category.length > 0 ? category : [mapper.resource(part)];
    });
}

function slashArguments(
  args: readonly string[],
  mapper: RestMapper,
  namespace: string,
  allNamespaces: boolean,
): ResourceInfo[] {
  if (!args.every(arg => arg.includes('/'))) {
    const type = args.find(arg => !arg.includes('/'))!;
    const slash = args.find(arg => arg.includes('/'))!;
    const [resource] = slash.split('/');
    if (args[0] === type)
      throw new CliError(
        `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'`,
      );
    throw new CliError(
      `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get ${resource}/<resource_name>' instead of 'kubectl get ${resource} ${resource}/<resource_name>'`,
    );
  }
  return args.flatMap(arg => {
    const [type, name, ...rest] = arg.split('/');
    if (!type || !name || rest.length > 0)
      throw new CliError('arguments in resource/name form may not have more than one slash');
    return named(mapper.resource(type), [name], namespace, allNamespaces);
  });
}

function named(
  mapping: Mapping,
  names: readonly string[],
  namespace: string,
  allNamespaces: boolean,
): ResourceInfo[] {
  if (allNamespaces && mapping.namespaced)
    throw new CliError('a resource cannot be retrieved by name across all namespaces');
  return names.map(name => ({ mapping, name, namespace: mapping.namespaced ? namespace : '', source: '' }));
}

async function infosOfFiles(
  context: CliContext,
  { onError, validated = true }: SelectOptions,
): Promise<ResourceInfo[]> {
  const { flags } = context;
  let failed = false;
  const told =
    onError &&
    ((error: unknown) => {
      failed = true;
      onError(error);
    });
  const manifests = await namedManifests(context.io, flags, {
    validated: validated && flags.has('validate') && validationOf(flags) !== 'Ignore',
    onError: told,
  });
  if (failed && manifests.length === 0) return [];
  if (manifests.length === 0)
    throw new CliError('no objects passed to '.concat(context.commandPath.split(' ')[1] ?? ''));
  const mapper = await context.mapper();
  const namespace = await context.namespace();
  return manifests.flatMap(manifest => {
    try {
      return [infoOf(manifest, mapper, namespace)];
    } catch (error) {
      if (!told || !(error instanceof CliError)) throw error;
      told(error);
      return [];
    }
  });
}

/** Throws where an object tells another namespace than --namespace does. */
function checkNamespace({ metadata }: KubeObject, { name, explicit }: { name: string; explicit: boolean }) {
  const own = metadata.namespace;
  if (own && explicit && own !== name)
    throw new CliError(
      `the namespace from the provided object ${JSON.stringify(own)} does not match the namespace ${JSON.stringify(name)}. You must pass '--namespace=${own}' to perform this operation.`,
    );
}

/** Where an object of a file belongs. */
export function infoOf(
  manifest: Manifest,
  mapper: RestMapper,
  namespace: { name: string; explicit: boolean },
): ResourceInfo {
  const { object, source } = manifest;
  const { group, version } = parseApiVersion(object.apiVersion);
  const mapping = mapper.kind(group, version, object.kind);
  const name = object.metadata.name ?? '';
  if (!mapping)
    throw new CliError(
      `resource mapping not found for name: "${name}" namespace: "${object.metadata.namespace ?? ''}" from "${source}": no matches for kind "${object.kind}" in version "${object.apiVersion}"\nensure CRDs are installed first`,
    );
  if (!mapping.namespaced) return { mapping, namespace: '', name, object, source };
  checkNamespace(object, namespace);
  const own = object.metadata.namespace;
  const target = own || namespace.name;
  return {
    mapping,
    namespace: target,
    name,
    source,
    object: own ? object : { ...object, metadata: { ...object.metadata, namespace: target } },
  };
}

/** The query of -l and --field-selector. */
export function selectorQuery(context: CliContext): Record<string, string | undefined> {
  const { flags } = context;
  return {
    labelSelector: (flags.has('selector') && flags.string('selector')) || undefined,
    fieldSelector: (flags.has('field-selector') && flags.string('field-selector')) || undefined,
  };
}

/** How many objects a page of a list has; 0 is all of them. */
export function chunkSizeOf({ flags }: CliContext): number | undefined {
  return flags.has('chunk-size') ? flags.int('chunk-size') : undefined;
}

/** The namespace to list a type in: '' is all of them. */
export async function listNamespace(context: CliContext, mapping: Mapping): Promise<string> {
  const all = context.flags.has('all-namespaces') && context.flags.bool('all-namespaces');
  return all || !mapping.namespaced ? '' : (await context.namespace()).name;
}

/** An object of the server, with where it is. */
export interface LiveResource extends ResourceInfo {
  readonly object: KubeObject;
}

/**
 * Does something with each thing found; what fails keeps none of the others from its turn. The failures come in
 * kubectl's order: those of the visits, then of files that cannot be read and of objects that are not there.
 */
export async function visitEach<T>(
  find: (onError: (error: unknown) => void) => Promise<readonly T[]>,
  visit: (item: T) => Promise<void>,
): Promise<{ visited: number; errors: unknown[] }> {
  const unread: unknown[] = [];
  const failed: unknown[] = [];
  const items = await find(error => unread.push(error));
  for (const item of items) {
    try {
      await visit(item);
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof CliError)) throw error;
      failed.push(error);
    }
  }
  return { visited: items.length, errors: [...failed, ...unread] };
}

/** Every object selected, as the server has it. Where nobody takes the failures, all are thrown together. */
export async function fetchSelected(
  context: CliContext,
  options: SelectOptions & { subresource?: string } = {},
): Promise<LiveResource[]> {
  const errors: unknown[] = [];
  const onError = options.onError ?? ((error: unknown) => errors.push(error));
  const selection = await select(context, { ...options, onError, validated: false });
  const api = await context.api();
  const found: LiveResource[] = [];
  for (const info of selection.infos) {
    try {
      const object = await api.get(info.mapping, info.namespace, info.name, options.subresource);
      found.push({ ...info, object });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      onError(error);
    }
  }
  throwAll(errors);
  for (const mapping of selection.types) found.push(...(await listLive(context, mapping)));
  return found;
}

async function listLive(context: CliContext, mapping: Mapping): Promise<LiveResource[]> {
  const api = await context.api();
  const list: KubeList = await api.listAll(
    mapping,
    await listNamespace(context, mapping),
    selectorQuery(context),
    chunkSizeOf(context),
  );
  return list.items.map(object => ({
    mapping,
    object,
    name: object.metadata.name ?? '',
    namespace: object.metadata.namespace ?? '',
    source: '',
  }));
}

/** Said of words that name objects where --local works on files alone. */
const localNeedsFiles = `you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`;

/** What a command with --local works on: the objects of its files. `words` name others, which is refused. */
export async function localObjects(
  context: CliContext,
  words: readonly string[],
  refusal = localNeedsFiles,
): Promise<KubeObject[]> {
  const { flags } = context;
  if (words.length > 0) throw new CliError(refusal);
  if (flags.has('dry-run') && dryRunOf(flags) === 'server')
    throw new CliError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (!namesFiles(flags)) throw new CliError(needsResource);
  const objects = (await namedManifests(context.io, flags)).map(({ object }) => object);
  const namespace = await context.namespace();
  for (const object of objects) checkNamespace(object, namespace);
  return objects;
}

/** True for the failure of a single object that is not there. */
export function isNotFound(error: unknown): boolean {
  return hasReason(error, 'NotFound');
}

/** One object by 'type/name' or 'type name', as commands on a single object take it. */
export async function selectOne(context: CliContext, words: readonly string[]): Promise<ResourceInfo> {
  const { infos } = await select(context, { args: words });
  if (infos.length !== 1) throw new NoResourceMatchError(words.join(' '));
  return infos[0]!;
}
