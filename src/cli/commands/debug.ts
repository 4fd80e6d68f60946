import { randomSuffix } from '#base/random.ts';
import type { Container, SecurityContext } from '#api/generated/types/core.v1.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { attachablePod, type Pod, podMapping } from '../core/pods.ts';
import type { Mapping } from '../core/discovery.ts';
import { watchUntil } from '../core/waiting.ts';
import { CliError } from '../errors.ts';
import { attachTo } from './attach.ts';
import { commandFrom } from './create/generator.ts';

type DebugContainer = Partial<Container> & { name: string; image: string; targetContainerName?: string };

/** What each profile allows the container; `legacy` leaves it as the server makes it. */
const profiles: Readonly<Record<string, SecurityContext | undefined>> = {
  legacy: undefined,
  baseline: undefined,
  general: { capabilities: { add: ['SYS_PTRACE'] } },
  netadmin: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
  restricted: {
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    allowPrivilegeEscalation: false,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  sysadmin: { privileged: true },
};

export const debugCommand = defineCommand({
  name: 'debug',
  usage: '(POD | TYPE/NAME) --image=IMAGE [--target=CONTAINER] [-- COMMAND [args...]]',
  summary: 'Debug a running pod with an ephemeral container.',
  examples: ['% debug mypod -it --image=busybox', '% debug --image=myproj/debug-tools -c debugger mypod'],
  flags: [
    {
      name: 'arguments-only',
      type: 'bool',
      help: 'Pass everything after -- to the new container as Args instead of Command.',
    },
    { name: 'attach', type: 'bool', help: 'Wait for the container to start running, and then attach to it.' },
    { name: 'container', short: 'c', type: 'string', help: 'Container name to use for debug container.' },
    { name: 'env', type: 'array', help: 'Environment variables to set in the container.' },
    { name: 'image', type: 'string', help: 'Container image to use for debug container.' },
    { name: 'image-pull-policy', type: 'string', help: 'The image pull policy for the container.' },
    {
      name: 'profile',
      type: 'string',
      default: 'legacy',
      help: 'Options are "legacy", "general", "baseline", "netadmin", "restricted" or "sysadmin".',
    },
    { name: 'quiet', short: 'q', type: 'bool', help: 'If true, suppress informational messages.' },
    { name: 'stdin', short: 'i', type: 'bool', help: 'Keep stdin open on the container in the pod.' },
    { name: 'target', type: 'string', help: 'Target processes in this container name.' },
    { name: 'tty', short: 't', type: 'bool', help: 'Allocate a TTY for the debugging container.' },
  ],
  run: debug,
});

async function debug(context: CliContext): Promise<void> {
  const words = context.dashAt < 0 ? context.args : context.args.slice(0, context.dashAt);
  checkFlags(context);
  if (words.length === 0) throw context.usageError('NAME or TYPE/NAME is required for debug');
  const mapping = await podMapping(context);
  for (const word of words) {
    const pod = await attachablePod(context, word);
    const container = debugContainer(context, pod);
    const api = await context.api();
    const { namespace = '', name = '' } = pod.metadata;
    const patch = { spec: added(pod, container) };
    const changed = (await api.patch(mapping, namespace, name, 'strategic', patch, {
      subresource: 'ephemeralcontainers',
    })) as Pod;
    if (attaches(context)) await attach(context, mapping, changed, container.name);
  }
}

/** As kubectl's patch, which keeps the order: without that, what is new comes first. */
function added({ spec }: Pod, container: DebugContainer): Record<string, unknown> {
  const names = (spec?.ephemeralContainers ?? []).map(({ name }) => name);
  const order = [...new Set([...names, container.name])].map(name => ({ name }));
  return { '$setElementOrder/ephemeralContainers': order, ephemeralContainers: [container] };
}

function attaches({ flags }: CliContext): boolean {
  return flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
}

function checkFlags(context: CliContext): void {
  const { flags } = context;
  const profile = flags.string('profile');
  if (flags.string('image') === '') throw new CliError('you must specify --image when not using --copy-to.');
  if (!Object.hasOwn(profiles, profile)) throw new CliError(`unknown profile: ${profile}`);
  if (flags.bool('tty') && !flags.bool('stdin'))
    throw new CliError('-i/--stdin is required for containers with -t/--tty=true');
  if (profile === 'legacy')
    context.error(
      '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n',
    );
}

function debugContainer(context: CliContext, pod: Pod): DebugContainer {
  const { flags } = context;
  const target = flags.string('target');
  const tell = (text: string) => !flags.bool('quiet') && context.out(text);
  if (target)
    tell(
      `Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  const name = flags.string('container') || freshName(context, pod);
  if (!flags.string('container')) tell(`Defaulting debug container name to ${name}.\n`);
  const words = commandFrom(context);
  const securityContext = profiles[flags.string('profile')];
  const env = flags.list('env').map(text => {
    const at = text.indexOf('=');
    if (at <= 0) throw new CliError(`invalid env: ${text}`);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const pullPolicy = flags.string('image-pull-policy');
  return {
    name,
    image: flags.string('image'),
    terminationMessagePolicy: 'File',
    ...(words.length > 0 ? { [flags.bool('arguments-only') ? 'args' : 'command']: words } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}),
    ...(securityContext ? { securityContext } : {}),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    ...(flags.bool('tty') ? { tty: true } : {}),
    ...(target ? { targetContainerName: target } : {}),
  };
}

function freshName({ io }: CliContext, { spec }: Pod): string {
  const taken = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  for (;;) {
    const name = `debugger-${randomSuffix(io.random)}`;
    if (!taken.some(container => container.name === name)) return name;
  }
}

/** Waits until the container has started, and ties the terminal to it; shows what it wrote where it has ended already. */
async function attach(context: CliContext, mapping: Mapping, pod: Pod, container: string): Promise<void> {
  const { flags } = context;
  const info = {
    mapping,
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name ?? '',
    source: '',
  };
  const stateOf = (object: Pod | undefined) =>
    object?.status?.ephemeralContainerStatuses?.find(({ name }) => name === container)?.state;
  const started = (await watchUntil(context, info, 0, object => {
    const state = stateOf(object as Pod | undefined);
    return state?.running !== undefined || state?.terminated !== undefined;
  })) as Pod;
  if (stateOf(started)?.terminated === undefined) {
    const { stdin, tty, quiet } = {
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    };
    return attachTo(context, started, { container, stdin, tty, quiet });
  }
  const path = `/api/v1/namespaces/${encodeURIComponent(info.namespace)}/pods/${encodeURIComponent(info.name)}/log`;
  const api = await context.api();
  for await (const chunk of await api.stream({ method: 'GET', path, query: { container } }))
    context.io.stdout.write(chunk);
}
