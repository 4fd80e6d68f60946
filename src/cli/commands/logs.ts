import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { pathOf } from '../core/api-client.ts';
import { selectorFlag } from '../core/flag-groups.ts';
import { allContainers, containerOf, type Pod, podMapping, podsOf } from '../core/pods.ts';
import { isNotFound, type ResourceInfo, selectOne } from '../core/resources.ts';
import { CliError } from '../errors.ts';

export const logsCommand = defineCommand({
  name: 'logs',
  usage: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  summary: 'Print the logs for a container in a pod or specified resource.',
  examples: ['% logs nginx', '% logs -f -c ruby web-1', '% logs -l app=nginx --all-containers=true'],
  flags: [
    selectorFlag,
    { name: 'all-containers', type: 'bool', help: "Get all containers' logs in the pod(s)." },
    { name: 'all-pods', type: 'bool', help: 'Get logs from all pod(s). Sets prefix to true.' },
    { name: 'container', short: 'c', type: 'string', help: 'Print the logs of this container' },
    { name: 'follow', short: 'f', type: 'bool', help: 'Specify if the logs should be streamed.' },
    {
      name: 'ignore-errors',
      type: 'bool',
      help: 'Errors that occur while watching or following logs are not fatal.',
    },
    {
      name: 'insecure-skip-tls-verify-backend',
      type: 'bool',
      help: 'Skip verifying the identity of the kubelet.',
    },
    { name: 'limit-bytes', type: 'int', help: 'Maximum bytes of logs to return.' },
    {
      name: 'max-log-requests',
      type: 'int',
      default: 5,
      help: 'Maximum number of concurrent logs to follow when using a selector.',
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: 20_000,
      help: 'How long to wait until at least one pod is running',
    },
    {
      name: 'prefix',
      type: 'bool',
      help: 'Prefix each log line with the log source (pod name and container name).',
    },
    {
      name: 'previous',
      short: 'p',
      type: 'bool',
      help: 'Print the logs for the previous instance of the container.',
    },
    {
      name: 'since',
      type: 'duration',
      help: 'Only return logs newer than a relative duration like 5s, 2m, or 3h.',
    },
    { name: 'since-time', type: 'string', help: 'Only return logs after a specific date (RFC3339).' },
    { name: 'tail', type: 'int', default: -1, help: 'Lines of recent log file to display.' },
    { name: 'timestamps', type: 'bool', help: 'Include timestamps on each line in the log output' },
  ],
  run: async context => {
    const { flags } = context;
    checkFlags(context);
    const sources = await sourcesOf(context);
    if (flags.bool('follow') && sources.length > flags.int('max-log-requests'))
      throw new CliError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags.int('max-log-requests')}, use --max-log-requests to increase the limit`,
      );
    if (flags.bool('follow') && sources.length > 1) {
      await Promise.all(sources.map(source => printLog(context, source)));
      return;
    }
    for (const source of sources) await printLog(context, source);
  },
});

const logsUsage =
  "'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

interface LogSource {
  readonly pod: Pod;
  readonly container: string;
  readonly prefix: string;
}

function checkFlags(context: CliContext): void {
  const { flags, args } = context;
  const selector = flags.string('selector');
  if (args.length === 0 && selector === '') throw context.usageError(`expected ${logsUsage}`);
  if (args.length > 0 && selector !== '')
    throw context.usageError('only a selector (-l) or a POD name is allowed');
  if (args.length > 2) throw context.usageError(`expected ${logsUsage}`);
  if (args.length === 2 && flags.string('container') !== '')
    throw context.usageError('only one of -c or an inline [CONTAINER] arg is allowed');
  if (flags.changed('since') && flags.changed('since-time'))
    throw new CliError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags.bool('all-containers') && (flags.string('container') !== '' || args.length === 2))
    throw new CliError(
      '--all-containers=true should not be specified with container name '.concat(
        flags.string('container') || args[1]!,
      ),
    );
  if (flags.int('tail') < -1) throw new CliError(`--tail must be greater than or equal to -1`);
}

async function sourcesOf(context: CliContext): Promise<LogSource[]> {
  const { flags, args } = context;
  const selector = flags.string('selector');
  const several = selector !== '' || flags.bool('all-pods');
  const pods =
    selector === '' ? await podsByName(context, args[0]!) : await podsBySelector(context, selector);
  if (selector !== '' && pods.length === 0)
    context.error(`No resources found in ${(await context.namespace()).name} namespace.\n`);
  const asked = args[1] ?? flags.string('container');
  return pods.flatMap(pod => {
    const names = flags.bool('all-containers')
      ? inLogOrder(pod)
      : [containerOf(context, pod, asked, selector !== '')];
    const prefixed = flags.bool('prefix') || (several && flags.bool('all-pods'));
    return names.map(container => ({
      pod,
      container,
      prefix: prefixed ? `[pod/${pod.metadata.name}/${container}] ` : '',
    }));
  });
}

/** Init containers ran first. */
function inLogOrder(pod: Pod): string[] {
  const init = pod.spec?.initContainers?.map(({ name }) => name) ?? [];
  return [...init, ...allContainers(pod).filter(name => !init.includes(name))];
}

async function podsBySelector(context: CliContext, labelSelector: string): Promise<Pod[]> {
  const api = await context.api();
  const { name } = await context.namespace();
  return (await api.listAll(await podMapping(context), name, { labelSelector })).items as Pod[];
}

async function podsByName(context: CliContext, word: string): Promise<Pod[]> {
  const api = await context.api();
  const info: ResourceInfo = word.includes('/')
    ? await selectOne(context, [word])
    : {
        mapping: await podMapping(context),
        namespace: (await context.namespace()).name,
        name: word,
        source: '',
      };
  const object = await api.get(info.mapping, info.namespace, info.name).catch(error => {
    if (!isNotFound(error)) throw error;
    throw new CliError(
      `error from server (NotFound): ${(error as Error).message} in namespace ${JSON.stringify(info.namespace)}`,
    );
  });
  if (info.mapping.kind === 'Pod') return [object as Pod];
  const pods = (await podsOf(context, info, object)).sort(byUsefulness);
  if (pods.length === 0) throw new CliError('timed out waiting for the condition');
  if (context.flags.bool('all-pods')) return pods;
  if (pods.length > 1) context.error(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`);
  return pods.slice(0, 1);
}

/** The pod most likely to have a log: scheduled, running, older. */
function byUsefulness(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.spec?.nodeName ? 0 : 2) + (pod.status?.phase === 'Running' ? 0 : 1);
  return (
    rank(a) - rank(b) ||
    ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1)
  );
}

function queryOf(context: CliContext, source: LogSource): Record<string, string | undefined> {
  const { flags } = context;
  const tail = flags.changed('tail') ? flags.int('tail') : flags.string('selector') !== '' ? 10 : -1;
  return {
    container: source.container,
    follow: flags.bool('follow') ? 'true' : undefined,
    previous: flags.bool('previous') ? 'true' : undefined,
    timestamps: flags.bool('timestamps') ? 'true' : undefined,
    tailLines: tail >= 0 ? String(tail) : undefined,
    limitBytes: flags.int('limit-bytes') > 0 ? String(flags.int('limit-bytes')) : undefined,
    sinceSeconds: flags.changed('since') ? String(Math.ceil(flags.duration('since') / 1000)) : undefined,
    sinceTime: flags.string('since-time') || undefined,
    insecureSkipTLSVerifyBackend: flags.bool('insecure-skip-tls-verify-backend') ? 'true' : undefined,
  };
}

async function printLog(context: CliContext, source: LogSource): Promise<void> {
  const api = await context.api();
  const { metadata } = source.pod;
  const path = pathOf(await podMapping(context), metadata.namespace!, metadata.name!, 'log');
  const query = queryOf(context, source);
  try {
    const bytes = await api.stream({ method: 'GET', path, query, signal: context.io.interrupted });
    if (source.prefix === '') for await (const chunk of bytes) context.io.stdout.write(chunk);
    else await printPrefixed(context, bytes, source.prefix);
  } catch (error) {
    if (context.io.interrupted.aborted) return;
    if (!context.flags.bool('ignore-errors')) throw error;
    context.error(`error: ${(error as Error).message}\n`);
  }
}

/** Whole lines, each with its prefix, so that streams do not mix within one. */
async function printPrefixed(
  context: CliContext,
  bytes: AsyncIterable<Uint8Array>,
  prefix: string,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) context.out(`${prefix}${line}\n`);
  }
  if (rest !== '') context.out(`${prefix}${rest}\n`);
}
