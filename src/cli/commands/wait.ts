import { sleep } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  fileFlags,
  printFlags,
  selectorFlag,
} from '../core/flag-groups.ts';
import { fetchSelected, hasSelector, isNotFound, type ResourceInfo, select } from '../core/resources.ts';
import { shownName, type Condition, watchUntil } from '../core/waiting.ts';
import { CliError, throwAll } from '../errors.ts';
import { parseJsonPath, relaxedExpression, valueText } from '../print/jsonpath.ts';

const weekMs = 168 * 3_600_000;

export const waitCommand = defineCommand({
  name: 'wait',
  usage:
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  summary: 'Wait for a specific condition on one or many resources.',
  examples: [
    '% wait --for=condition=Ready pod/busybox1',
    "% wait --for=jsonpath='{.status.phase}'=Running pod/busybox1",
    '% wait --for=delete pod/busybox1 --timeout=60s',
  ],
  flags: [
    ...printFlags,
    ...fileFlags,
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    {
      name: 'all',
      type: 'bool',
      help: 'Select all resources in the namespace of the specified resource types',
    },
    { name: 'local', type: 'bool', help: 'If true, work on the files alone, without a server.' },
    {
      name: 'for',
      type: 'array',
      help: 'The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath=...].',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: 30_000,
      help: 'The length of time to wait before giving up. Zero means check once, negative means wait for a week.',
    },
  ],
  run: async context => {
    const wanted = context.flags.list('for').map(parseCondition);
    if (wanted.length === 0) throw new CliError('unrecognized condition: []');
    const printer = await context.printer();
    const asked = context.flags.duration('timeout');
    const timeoutMs = asked < 0 ? weekMs : asked;
    if (wanted.some(({ kind }) => kind === 'create')) await created(context, timeoutMs);
    const unread: unknown[] = [];
    const infos = await targets(context, wanted, error => unread.push(error));
    if (infos.length === 0 && unread.length === 0) {
      if (wanted.some(condition => condition.kind === 'delete')) return;
      throw new CliError('no matching resources found');
    }
    const errors: unknown[] = [];
    const { clock } = context.io;
    // One time for all: whoever comes later has what is left.
    const end = clock.monotonicMs() + timeoutMs;
    for (const info of infos) {
      try {
        const leftMs = timeoutMs === 0 ? 0 : Math.max(1, end - clock.monotonicMs());
        const object = await waitFor(context, info, wanted, leftMs);
        // What was gone from the start is not worth a line.
        if (!object) continue;
        context.out(printer ? printer.print(object) : `${shownName(info)} condition met\n`);
      } catch (error) {
        errors.push(error);
      }
    }
    context.out(printer?.flush() ?? '');
    throwAll([...errors, ...unread]);
  },
});

interface Wanted {
  readonly kind: 'create' | 'delete' | 'state';
  readonly holds: Condition;
}

function parseCondition(text: string): Wanted {
  const lower = text.toLowerCase();
  if (lower === 'delete') return { kind: 'delete', holds: object => object === undefined };
  if (lower === 'create') return { kind: 'create', holds: object => object !== undefined };
  if (text.startsWith('condition=')) {
    const [name = '', value = 'true'] = splitOnce(text.slice('condition='.length));
    return { kind: 'state', holds: object => conditionHolds(object, name, value) };
  }
  if (text.startsWith('jsonpath='))
    return { kind: 'state', holds: jsonPathCondition(text.slice('jsonpath='.length)) };
  throw new CliError(`unrecognized condition: ${JSON.stringify(text)}`);
}

function splitOnce(text: string): string[] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)];
}

interface ConditionsStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { type: string; status: string; observedGeneration?: number }[];
}

function conditionHolds(object: KubeObject | undefined, name: string, value: string): boolean {
  if (!object) return false;
  const status = (object as { status?: ConditionsStatus }).status;
  const condition = status?.conditions?.find(({ type }) => type.toLowerCase() === name.toLowerCase());
  if (!condition) return false;
  const observed = condition.observedGeneration ?? status?.observedGeneration;
  if (observed !== undefined && observed < (object.metadata.generation ?? 0)) return false;
  return condition.status.toLowerCase() === value.toLowerCase();
}

function jsonPathCondition(text: string): Condition {
  const parts = text.split(/(?<!=)=(?!=)/);
  if (parts.length > 2)
    throw new CliError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  const [expression = '', given] = parts;
  if (expression === '') throw new CliError('jsonpath expression cannot be empty');
  const path = parseJsonPath(relaxedExpression(expression));
  const value = given?.replace(/^['"]+|['"]+$/g, '');
  if (value === '')
    throw new CliError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  return object => {
    const values = path.find(object)[0] ?? [];
    if (values.length > 1) throw new CliError('given jsonpath expression matches more than one value');
    if (values.length === 0) return false;
    if (value === undefined) return true;
    if (typeof values[0] === 'object')
      throw new CliError('jsonpath leads to a nested object or list which is not supported');
    return valueText(values[0]) === value;
  };
}

const pollMs = 500;

/** Waits until all that is named is there, or something that matches. */
async function created(context: CliContext, timeoutMs: number): Promise<void> {
  const { clock, interrupted } = context.io;
  const end = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const errors: unknown[] = [];
    const found = await fetchSelected(context, { onError: error => errors.push(error) });
    throwAll(errors.filter(error => !isNotFound(error)));
    if (found.length > 0 && errors.length === 0) return;
    if (clock.monotonicMs() >= end) throw new CliError('timed out waiting for the condition');
    await sleep(clock, pollMs, interrupted);
  }
}

async function targets(
  context: CliContext,
  wanted: readonly Wanted[],
  onError: (error: unknown) => void,
): Promise<ResourceInfo[]> {
  if (!hasSelector(context) && wanted.some(({ kind }) => kind === 'delete'))
    return (await select(context, { onError })).infos;
  return fetchSelected(context);
}

async function waitFor(
  context: CliContext,
  info: ResourceInfo,
  wanted: readonly Wanted[],
  timeoutMs: number,
): Promise<KubeObject | undefined> {
  const start = context.io.clock.monotonicMs();
  let object: KubeObject | undefined;
  let last: KubeObject | undefined;
  for (const { kind, holds } of [...wanted].sort(
    (a, b) => Number(b.kind === 'create') - Number(a.kind === 'create'),
  )) {
    if (timeoutMs === 0) {
      object = await checkOnce(context, info, kind, holds);
      continue;
    }
    const left = Math.max(1, timeoutMs - (context.io.clock.monotonicMs() - start));
    let seen = kind !== 'state';
    object = await watchUntil(context, info, left, now => {
      seen ||= now !== undefined;
      last = now ?? last;
      if (now === undefined && kind === 'state') {
        if (seen) throw new CliError(`${info.mapping.resource} ${JSON.stringify(info.name)} not found`);
        return false;
      }
      return holds(now);
    });
  }
  return object ?? last;
}

async function checkOnce(
  context: CliContext,
  info: ResourceInfo,
  kind: Wanted['kind'],
  holds: Condition,
): Promise<KubeObject | undefined> {
  const api = await context.api();
  const object = await api.get(info.mapping, info.namespace, info.name).catch(error => {
    if (isNotFound(error) && kind === 'delete') return undefined;
    throw error;
  });
  if (!holds(object)) throw new CliError(`condition not met for ${info.mapping.resource}/${info.name}`);
  return object;
}
