import { sleep } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import { controllerOf } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import type { Mapping } from '../core/discovery.ts';
import { chunkSizeFlag, dryRunFlag, dryRunOf, selectorFlag } from '../core/flag-groups.ts';
import { chunkSizeOf, isNotFound, type LiveResource, type ResourceInfo } from '../core/resources.ts';
import { waitUntilGone, WaitTimeoutError } from '../core/waiting.ts';
import { dryRunSuffix } from '../core/write.ts';
import { CliError } from '../errors.ts';
import { selectedNodes, setUnschedulable } from './cordon.ts';

interface Pod extends KubeObject {
  spec?: { volumes?: { name: string; emptyDir?: unknown }[] };
  status?: { phase?: string };
}

export const drainCommand = defineCommand({
  name: 'drain',
  usage: 'NODE',
  summary: 'Drain node in preparation for maintenance.',
  examples: ['% drain foo --force --ignore-daemonsets'],
  flags: [
    selectorFlag,
    dryRunFlag,
    chunkSizeFlag,
    { name: 'delete-emptydir-data', type: 'bool', help: 'Continue even if there are pods using emptyDir.' },
    {
      name: 'disable-eviction',
      type: 'bool',
      help: 'Force drain to use delete, even if eviction is supported.',
    },
    {
      name: 'force',
      type: 'bool',
      help: 'Continue even if there are pods that do not declare a controller.',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: -1,
      help: 'Seconds given to each pod to terminate gracefully.',
    },
    { name: 'ignore-daemonsets', type: 'bool', help: 'Ignore DaemonSet-managed pods.' },
    { name: 'pod-selector', type: 'string', help: 'Label selector to filter pods on the node' },
    {
      name: 'skip-wait-for-delete-timeout',
      type: 'int',
      help: 'Skip waiting for pods deleted longer ago than this many seconds.',
    },
    {
      name: 'timeout',
      type: 'duration',
      help: 'The length of time to wait before giving up, zero means infinite',
    },
  ],
  run: async context => {
    const nodes = await selectedNodes(context);
    const errors: Error[] = [];
    const pending: string[] = [];
    for (const node of nodes) await setUnschedulable(context, node, true);
    for (const node of nodes) {
      try {
        await drainNode(context, node);
        context.out(`node/${node.name} drained${dryRunSuffix(dryRunOf(context.flags))}\n`);
      } catch (error) {
        const causes: Error[] = error instanceof AggregateError ? error.errors : [error as Error];
        context.error(
          `error: unable to drain node ${JSON.stringify(node.name)} due to error: ${listText(causes)}, continuing command...\n`,
        );
        errors.push(...causes);
        pending.push(node.name);
      }
    }
    if (errors.length === 0) return;
    const lines = pending.map(name => ` ${name}\n`);
    context.error(`There are pending nodes to be drained:\n${lines.join('')}`);
    // Even one alone stands without 'error:' before it.
    throw new AggregateError(errors);
  },
});

interface Verdict {
  readonly pod: Pod;
  readonly evict: boolean;
  readonly warning?: string;
  readonly error?: string;
}

async function drainNode(context: CliContext, node: LiveResource): Promise<void> {
  const api = await context.api();
  const pods = (await context.mapper()).resource('pods');
  const labelSelector = context.flags.string('pod-selector') || undefined;
  const query = { fieldSelector: `spec.nodeName=${node.name}`, labelSelector };
  const list = await api.listAll(pods, '', query, chunkSizeOf(context));
  const verdicts: Verdict[] = [];
  for (const pod of list.items as Pod[]) verdicts.push(await judge(context, pod));
  const problems = grouped(verdicts, verdict => verdict.error);
  if (problems.length > 0)
    throw new AggregateError(problems.map(text => new CliError(`cannot delete ${text}`)));
  const warnings = grouped(verdicts, verdict => verdict.warning);
  if (warnings.length > 0) context.error(`Warning: ${warnings.join('; ')}\n`);
  const going = verdicts.filter(verdict => verdict.evict).map(verdict => verdict.pod);
  if (dryRunOf(context.flags) === 'client') {
    for (const pod of going) tellEvicting(context, pod);
    return;
  }
  await Promise.all(going.map(pod => evictAndWait(context, pods, pod)));
}

function tellEvicting(context: CliContext, { metadata: { namespace, name } }: Pod): void {
  context.out(`evicting pod ${namespace}/${name}${dryRunSuffix(dryRunOf(context.flags))}\n`);
}

/** Several errors as Go tells them in a sentence. */
function listText(errors: readonly Error[]): string {
  const texts = [...new Set(errors.map(error => error.message))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}

/** '<problem>: ns/a, ns/b' for each problem. */
function grouped(verdicts: readonly Verdict[], textOf: (verdict: Verdict) => string | undefined): string[] {
  const names = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const text = textOf(verdict);
    const { namespace, name } = verdict.pod.metadata;
    if (text) names.set(text, [...(names.get(text) ?? []), `${namespace}/${name}`]);
  }
  return [...names].map(([text, pods]) => `${text}: ${pods.join(', ')}`);
}

async function judge(context: CliContext, pod: Pod): Promise<Verdict> {
  const { flags } = context;
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { pod, evict: false };
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  const owner = controllerOf(pod);
  if (owner?.kind === 'DaemonSet' && !finished) {
    if (!flags.bool('ignore-daemonsets'))
      return {
        pod,
        evict: false,
        error: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
      };
    return { pod, evict: false, warning: 'ignoring DaemonSet-managed Pods' };
  }
  const local = pod.spec?.volumes?.some(volume => volume.emptyDir !== undefined) && !finished;
  if (local && !flags.bool('delete-emptydir-data'))
    return {
      pod,
      evict: false,
      error: 'Pods with local storage (use --delete-emptydir-data to override)',
    };
  if (!owner && !finished) {
    if (!flags.bool('force'))
      return {
        pod,
        evict: false,
        error: 'cannot delete Pods that declare no controller (use --force to override)',
      };
    return { pod, evict: true, warning: 'deleting Pods that declare no controller' };
  }
  return { pod, evict: true };
}

async function evictAndWait(context: CliContext, mapping: Mapping, pod: Pod): Promise<void> {
  const { flags, io } = context;
  const { namespace = '', name = '' } = pod.metadata;
  const api = await context.api();
  const grace = flags.int('grace-period');
  const deleteOptions = grace >= 0 ? { gracePeriodSeconds: grace } : {};
  for (;;) {
    try {
      if (flags.bool('disable-eviction'))
        await api.delete(mapping, namespace, name, {
          ...deleteOptions,
          ...(dryRunOf(flags) === 'server' ? { dryRun: ['All'] } : {}),
        });
      else {
        tellEvicting(context, pod);
        await api.create(
          mapping,
          namespace,
          { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions },
          { name, subresource: 'eviction', dryRun: dryRunOf(flags) },
        );
      }
      break;
    } catch (error) {
      if (isNotFound(error)) return;
      const [pods, where] = [JSON.stringify(name), JSON.stringify(namespace)];
      const isBusy = error instanceof StatusError && error.code === 429;
      const isEnding = isNamespaceEnding(error);
      // It is going already, and needs no eviction.
      if (isEnding && (await isDeleted(context, mapping, pod))) break;
      if (!isBusy && !isEnding)
        throw new CliError(`error when evicting pods/${pods} -n ${where}: ${(error as Error).message}`);
      const what = isBusy ? `pods/${pods} -n ${where}` : `pod ${pods} from terminating namespace ${where}`;
      context.error(`error when evicting ${what} (will retry after 5s): ${(error as Error).message}\n`);
      await sleep(io.clock, 5000, io.interrupted);
    }
  }
  if (dryRunOf(flags) !== 'none') return;
  if (!(await isGone(context, { mapping, namespace, name, source: '' }, pod))) return;
  context.out(`pod/${name} ${flags.bool('disable-eviction') ? 'deleted' : 'evicted'}\n`);
}

async function isDeleted(context: CliContext, mapping: Mapping, { metadata }: Pod): Promise<boolean> {
  const api = await context.api();
  const now = await api.get(mapping, metadata.namespace ?? '', metadata.name ?? '').catch(error => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  return now?.metadata.uid !== metadata.uid || now?.metadata.deletionTimestamp !== undefined;
}

/** Nothing can be made in a namespace that ends, not even an eviction. */
function isNamespaceEnding(error: unknown): boolean {
  if (!(error instanceof StatusError) || error.reason !== 'Forbidden') return false;
  return (error.status.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
}

/** Waits until the pod is gone, or has been going for as long as --skip-wait-for-delete-timeout says; false then. */
async function isGone(context: CliContext, info: ResourceInfo, { metadata: { uid } }: Pod): Promise<boolean> {
  const { flags, io } = context;
  const timeoutMs = flags.duration('timeout');
  const skipAfterMs = flags.int('skip-wait-for-delete-timeout') * 1000;
  if (skipAfterMs > 0) {
    const api = await context.api();
    const now = await api.get(info.mapping, info.namespace, info.name).catch(error => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (now?.metadata.uid !== uid) return true;
    const goingSinceMs = Date.parse(now!.metadata.deletionTimestamp ?? '') || io.clock.now();
    const leftMs = Math.max(1, goingSinceMs + skipAfterMs - io.clock.now());
    if (timeoutMs === 0 || leftMs < timeoutMs) {
      try {
        await waitUntilGone(context, info, uid, leftMs);
        return true;
      } catch (error) {
        if (error instanceof WaitTimeoutError) return false;
        throw error;
      }
    }
  }
  await waitUntilGone(context, info, uid, timeoutMs);
  return true;
}
