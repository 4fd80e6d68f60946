import type { KubeObject } from '#machinery/object.ts';
import type { CliContext } from '../core/context.ts';
import { attachablePod, type Pod } from '../core/pods.ts';
import { selectOne } from '../core/resources.ts';
import { type Completer, directive, nothing, only } from './completions.ts';

const starting = (words: readonly string[], start: string) => words.filter(word => word.startsWith(start));

/** Names of the objects of a type; none where the server does not tell. */
async function namesOf(context: CliContext, type: string, namespace?: string): Promise<string[]> {
  try {
    const mapping = (await context.mapper()).find(type);
    if (!mapping) return [];
    const where = mapping.namespaced ? (namespace ?? (await context.namespace()).name) : '';
    const { items } = await (await context.api()).listAll(mapping, where, {});
    return items.map(({ metadata }) => metadata.name ?? '');
  } catch {
    // Whoever types wants no errors between the words.
    return [];
  }
}

/** Types by their names, the group behind the dot; of a list with commas the last. */
async function typesOf(context: CliContext, word: string): Promise<string[]> {
  const mapper = await context.mapper().catch(() => undefined);
  const comma = word.lastIndexOf(',') + 1;
  const served = (mapper?.preferred(mapping => mapping.verbs.includes('get')) ?? []).map(
    ({ resource, group }) => ({ group, name: group ? `${resource}.${group}` : resource }),
  );
  served.sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : a.name < b.name ? -1 : 1));
  const names = served.map(({ name }) => name);
  return starting(names, word.slice(comma)).map(name => word.slice(0, comma) + name);
}

/** TYPE NAME… and TYPE/NAME…; of some types only, or of one object only. */
export function typeAndName({ types, once }: { types?: readonly string[]; once?: boolean } = {}): Completer {
  const typesLike = (context: CliContext, word: string) =>
    types ? starting(types, word) : typesOf(context, word);
  return async (context, args, word) => {
    const [first] = args;
    if (first !== undefined && !first.includes('/')) {
      if (once && args.length > 1) return nothing;
      const names = starting(await namesOf(context, first), word);
      return only(args.length > 1 ? names.filter(name => !args.includes(name)) : names);
    }
    if (once && first !== undefined) return nothing;
    const slash = word.indexOf('/');
    if (slash >= 0) {
      const type = word.slice(0, slash);
      const names = starting(await namesOf(context, type), word.slice(slash + 1));
      return only(names.map(name => `${type}/${name}`).filter(name => !args.includes(name)));
    }
    const found = await typesLike(context, word);
    return first === undefined
      ? only(found)
      : only(
          found.map(type => `${type}/`),
          directive.noSpace,
        );
  };
}

/** The name of an object of one type, as the first word. */
export const nameOf =
  (type: string): Completer =>
  async (context, args, word) =>
    args.length > 0 ? nothing : only(starting(await namesOf(context, type), word));

const typesWithPods = [
  'daemonsets',
  'deployments',
  'pods',
  'jobs',
  'replicasets',
  'replicationcontrollers',
  'services',
  'statefulsets',
];

/** A pod, or TYPE/NAME of what has pods; behind it what `second` offers. */
export const podThen =
  (second: Completer): Completer =>
  async (context, args, word) => {
    if (args.length > 0) return args.length === 1 ? second(context, args, word) : nothing;
    const slash = word.indexOf('/');
    if (slash >= 0) {
      const type = word.slice(0, slash);
      const names = starting(await namesOf(context, type), word.slice(slash + 1));
      return only(names.map(name => `${type}/${name}`));
    }
    const pods = starting(await namesOf(context, 'pods'), word);
    const types = starting(typesWithPods, word).map(type => `${type}/`);
    return only([...pods, ...types], pods.length === 0 ? directive.noSpace : 0);
  };

export const pod = podThen(() => nothing);

/** Containers of the pod that the first word names. */
export const containers: Completer = async (context, [name], word) => {
  const found = name === undefined ? undefined : await attachablePod(context, name).catch(() => undefined);
  const { initContainers = [], containers: own = [] } = (found?.spec ?? {}) as NonNullable<Pod['spec']>;
  return only(
    starting(
      [...initContainers, ...own].map(container => container.name),
      word,
    ),
  );
};

/** Ports of the pod or Service that the first word names: LOCAL:REMOTE. */
export const ports: Completer = async (context, [name = ''], word) => {
  const local = word.split(':')[0];
  const numbers = /^(services?|svc)\//.test(name)
    ? await servicePorts(context, name)
    : await podPorts(context, name);
  return only(
    starting(
      numbers.map(port => `${local || port}:${port}`),
      word,
    ),
  );
};

async function servicePorts(context: CliContext, name: string): Promise<number[]> {
  try {
    const info = await selectOne(context, [name]);
    const service = await (await context.api()).get(info.mapping, info.namespace, info.name);
    const { spec } = service as KubeObject & { spec?: { ports?: { port: number }[] } };
    return (spec?.ports ?? []).map(({ port }) => port);
  } catch {
    return [];
  }
}

async function podPorts(context: CliContext, name: string): Promise<number[]> {
  const found = await attachablePod(context, name).catch(() => undefined);
  const { containers: own = [] } = (found?.spec ?? {}) as {
    containers?: { ports?: { containerPort: number }[] }[];
  };
  return own.flatMap(container => (container.ports ?? []).map(({ containerPort }) => containerPort));
}

/** Where to copy from or to: a pod, NAMESPACE/POD, or a file. */
export const copyPlace: Completer = async (context, args, word) => {
  const words = await copyWords(context, args, word);
  return { words: starting(words, word), directive: directive.noSpace };
};

async function copyWords(context: CliContext, args: readonly string[], word: string): Promise<string[]> {
  if (args.length > 0 || /^[/.~]/.test(word) || word.includes(':')) return [];
  const slash = word.indexOf('/');
  if (slash > 0) {
    const namespace = word.slice(0, slash);
    return (await namesOf(context, 'pods', namespace)).map(name => `${namespace}/${name}:`);
  }
  const found = [
    ...(await namesOf(context, 'namespaces')).map(name => `${name}/`),
    ...(await namesOf(context, 'pods')).map(name => `${name}:`),
  ].filter(name => name.startsWith(word));
  if (word === '') return [...found, './', '/'];
  if (found.length === 0) return [];
  const { fs } = context.io;
  for (const name of starting(await fs.list('.'), word))
    found.push((await fs.stat(name))?.kind === 'directory' ? `${name}/` : name);
  return found;
}

/** Entries of the kubeconfig, as the first word or a flag's value. */
export const configured =
  (part: 'contexts' | 'clusters' | 'users'): Completer =>
  async (context, args, word) => {
    if (args.length > 0) return nothing;
    const config = await context.config().catch(() => undefined);
    return only(starting([...(config?.[part].keys() ?? [])].sort(), word));
  };

export const oneOf =
  (...words: string[]): Completer =>
  (_, __, word) =>
    only(starting(words, word));

/** Files of what can be read as manifests. */
export const manifestFile: Completer = () => ({
  words: ['json', 'yaml', 'yml'],
  directive: directive.filterExtensions,
});
