import type { EnvVarSource } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import type { Flag } from '../../core/flags.ts';
import { namesFiles } from '../../core/named-files.ts';
import { splitPairs } from '../../core/pairs.ts';
import { fetchSelected, localObjects } from '../../core/resources.ts';
import { CliError } from '../../errors.ts';
import { ReferenceValues, referenceText } from './env-values.ts';
import {
  containersFlag,
  editPodSpecs,
  type EditableContainer,
  type EditablePodSpec,
  matching,
  podSpecOf,
  selectingFlags,
  splitOnce,
} from './pod-spec-edit.ts';

const commandFlags: readonly Flag[] = [
  ...selectingFlags,
  containersFlag,
  { name: 'env', short: 'e', type: 'array', help: 'Specify a key-value pair for an environment variable.' },
  {
    name: 'from',
    type: 'string',
    help: 'The name of a resource from which to inject environment variables',
  },
  { name: 'keys', type: 'list', help: 'Comma-separated list of keys to import from specified resource' },
  { name: 'list', type: 'bool', help: 'If true, display the environment.' },
  { name: 'overwrite', type: 'bool', default: true, help: 'If true, allow environment to be overwritten.' },
  { name: 'prefix', type: 'string', help: 'Prefix to append to variable names' },
  {
    name: 'resolve',
    type: 'bool',
    help: 'If true, show what references to Secrets, ConfigMaps and fields refer to when listing variables',
  },
];

export const env = defineCommand({
  name: 'env',
  usage: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  summary: 'Update environment variables on a pod template.',
  examples: [
    '% set env deployment/registry STORAGE_DIR=/local',
    '% set env deployment/sample-build ENV-',
    '% set env deployment/sample-build --list --resolve',
  ],
  flags: commandFlags,
  run: async context => {
    const { flags } = context;
    const { resources, pairs } = splitPairs(context.args, 'environment');
    checkFlags(context, resources);
    const changes = await changesOf(context, pairs);
    if (flags.bool('list')) return list(context, resources, changes);
    await editPodSpecs(context, resources, 'env updated', (spec, object) => {
      const found = selected(spec, flags.string('containers'));
      if (found.length === 0) warnOfNone(context, object);
      for (const container of found) container.env = changed(context, container, changes);
      if (changes.set.length === 0 && pairs.length === 0)
        throw new CliError('at least one environment variable must be provided');
    });
  },
});

function checkFlags({ flags }: CliContext, resources: readonly string[]): void {
  if (flags.bool('all') && flags.string('selector') !== '')
    throw new CliError('cannot set --all and --selector at the same time');
  if (!namesFiles(flags) && resources.length === 0)
    throw new CliError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (flags.bool('list') && flags.string('output') !== '')
    throw new CliError('--list and --output may not be specified together');
  if (flags.list('keys').length > 0 && flags.string('from') === '')
    throw new CliError('when specifying --keys, a configmap or secret must be provided with --from');
}

interface Changes {
  readonly set: readonly Variable[];
  readonly remove: ReadonlySet<string>;
}

type Variable = NonNullable<EditableContainer['env']>[number];

async function changesOf(context: CliContext, pairs: readonly string[]): Promise<Changes> {
  const { flags, io } = context;
  const words = [...flags.list('env'), ...pairs];
  const usesInput = words.includes('-');
  if (usesInput && flags.list('filename').includes('-'))
    throw new CliError('standard input cannot be used for multiple arguments');
  const set: Variable[] = [];
  const remove = new Set<string>();
  for (const word of words) {
    const [name = '', value] = splitOnce(word);
    if (word === '-') set.push(...variablesIn(await io.stdin.readAll()));
    else if (value !== undefined) set.push({ name, value });
    else if (word.endsWith('-')) remove.add(word.slice(0, -1));
    else throw new CliError(`unknown environment variable: ${word}`);
  }
  if (set.some(({ name }) => remove.has(name)))
    throw new CliError('can not both modify and remove the same environment variable in the same command');
  if (flags.string('from')) set.push(...(await importedVariables(context)));
  const prefix = flags.string('prefix');
  return { set: set.map(variable => ({ ...variable, name: `${prefix}${variable.name}` })), remove };
}

/** The NAME=VALUE lines of a text; what follows a '#' is a comment. */
function variablesIn(text: Uint8Array): Variable[] {
  const lines = new TextDecoder().decode(text).split('\n');
  return lines.flatMap(line => {
    const [name = '', value] = splitOnce(line.replace(/#.*/, ''));
    return value === undefined ? [] : [{ name, value }];
  });
}

/** Every key of a ConfigMap or Secret as a variable that refers to it. */
async function importedVariables(context: CliContext): Promise<Variable[]> {
  const { flags } = context;
  const keys = flags.list('keys');
  const sources = await fetchSelected(context, { args: [flags.string('from')] });
  return sources.flatMap(({ mapping: { kind }, name, object }) => {
    if (kind !== 'ConfigMap' && kind !== 'Secret')
      throw new CliError('unsupported resource specified in --from');
    const field = kind === 'ConfigMap' ? 'configMapKeyRef' : 'secretKeyRef';
    const data = (object as typeof object & { data?: Record<string, string> }).data ?? {};
    const wanted = Object.keys(data).filter(key => keys.length === 0 || keys.includes(key));
    return wanted
      .sort()
      .map(key => ({ name: nameOfKey(context, key), valueFrom: { [field]: { name, key } } }));
  });
}

function nameOfKey(context: CliContext, key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase();
  if (name !== key) context.warn(`key ${key} transferred to ${name}`);
  return name;
}

function selected(spec: EditablePodSpec, pattern: string): EditableContainer[] {
  return [...matching(spec.containers, pattern), ...matching(spec.initContainers, pattern)];
}

function warnOfNone(context: CliContext, { kind, metadata }: KubeObject): void {
  const pattern = JSON.stringify(context.flags.string('containers'));
  context.warn(`${kind}/${metadata.name} does not have any containers matching ${pattern}`);
}

/** A variable's new form replaces the first of its name and drops the others. */
function changed({ flags }: CliContext, container: EditableContainer, { set, remove }: Changes): Variable[] {
  const before = container.env ?? [];
  if (!flags.bool('overwrite'))
    for (const { name, value = '' } of set) {
      const old = before.find(variable => variable.name === name);
      if (old && (old.value ?? '') !== value)
        throw new CliError(`'${name}' already has a value (${old.value ?? ''}), and --overwrite is false`);
    }
  const covered = new Set(remove);
  const after: Variable[] = [];
  for (const variable of [...before, ...set]) {
    if (covered.has(variable.name)) continue;
    const newer = set.find(({ name }) => name === variable.name);
    if (newer) covered.add(variable.name);
    after.push(newer ?? variable);
  }
  return after;
}

/** Shows the variables as the changes would have them; what cannot be resolved is told after its container's. */
async function list(context: CliContext, resources: readonly string[], changes: Changes): Promise<void> {
  const { flags } = context;
  const values = new ReferenceValues(context);
  const objects = flags.bool('local')
    ? await localObjects(context, resources)
    : (await fetchSelected(context, { args: resources })).map(({ object }) => object);
  for (const object of objects) {
    const found = selected(podSpecOf(object), flags.string('containers'));
    if (found.length === 0) warnOfNone(context, object);
    for (const container of found) {
      context.out(`# ${object.kind} ${object.metadata.name}, container ${container.name}\n`);
      const failed = new Map<string, string[]>();
      for (const variable of changed(context, container, changes)) {
        const { name, value = '', valueFrom } = variable;
        if (!valueFrom) context.out(`${name}=${value}\n`);
        else context.out(await referenceLine(name, valueFrom as EnvVarSource, object, container, failed));
      }
      const lines = [...failed].map(
        ([error, names]) => `error retrieving reference for ${names.sort().join(', ')}: ${error}\n`,
      );
      context.error(lines.sort().join(''));
    }
  }

  async function referenceLine(
    name: string,
    from: EnvVarSource,
    object: KubeObject,
    container: EditableContainer,
    failed: Map<string, string[]>,
  ): Promise<string> {
    const reference = `# ${name} from ${referenceText(from)}\n`;
    if (!flags.bool('resolve')) return reference;
    try {
      return `${name}=${await values.valueOf(from, object, container)}\n`;
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof CliError)) throw error;
      failed.getOrInsert(error.message, []).push(name);
      return reference;
    }
  }
}
