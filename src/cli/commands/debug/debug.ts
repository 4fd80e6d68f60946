import { loadSchemas } from '#api/schemas.ts';
import type { Container, PodSpec } from '#api/generated/types/core.v1.ts';
import { randomSuffix } from '#base/random.ts';
import { isReference } from '#machinery/image-reference.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import type { Mapping } from '../../core/discovery.ts';
import { filenameFlags } from '../../core/flag-groups.ts';
import { parseDocuments } from '../../core/manifests.ts';
import { type Pod, podMapping } from '../../core/pods.ts';
import { fetchSelected, type LiveResource } from '../../core/resources.ts';
import { watchUntil } from '../../core/waiting.ts';
import { CliError } from '../../errors.ts';
import { attachTo } from '../attach.ts';
import { commandFrom } from '../create/generator.ts';
import { copied, type DebugStyle, type Kept, onNode, profiled, profiles } from './profiles.ts';

type DebugContainer = Partial<Container> & { name: string; targetContainerName?: string };

export const debugCommand = defineCommand({
  name: 'debug',
  usage: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  summary: 'Debug cluster resources using interactive debugging containers.',
  details:
    'A pod gets an ephemeral container, or a copy with --copy-to; on a node a pod is made that can see its files.',
  examples: [
    '% debug mypod -it --image=busybox',
    '% debug --image=myproj/debug-tools -c debugger mypod',
    '% debug mypod -it --image=busybox --copy-to=my-debugger',
    '% debug node/mynode -it --image=busybox',
  ],
  flags: [
    ...filenameFlags.filter(({ name }) => name === 'filename'),
    {
      name: 'arguments-only',
      type: 'bool',
      help: 'Pass everything after -- to the new container as Args instead of Command.',
    },
    { name: 'attach', type: 'bool', help: 'Wait for the container to start running, and then attach to it.' },
    { name: 'container', short: 'c', type: 'string', help: 'Container name to use for debug container.' },
    { name: 'copy-to', type: 'string', help: 'Create a copy of the target Pod with this name.' },
    {
      name: 'custom',
      type: 'string',
      help: 'Path to a file with a partial container spec, as JSON or YAML, to customize the profile.',
    },
    { name: 'env', type: 'array', help: 'Environment variables to set in the container.' },
    { name: 'image', type: 'string', help: 'Container image to use for debug container.' },
    { name: 'image-pull-policy', type: 'string', help: 'The image pull policy for the container.' },
    { name: 'keep-annotations', type: 'bool', help: 'If true, keep the annotations of the copied pod.' },
    {
      name: 'keep-init-containers',
      type: 'bool',
      default: true,
      help: 'Run the init containers of the copied pod.',
    },
    { name: 'keep-labels', type: 'bool', help: 'If true, keep the labels of the copied pod.' },
    { name: 'keep-liveness', type: 'bool', help: 'If true, keep the liveness probes of the copied pod.' },
    { name: 'keep-readiness', type: 'bool', help: 'If true, keep the readiness probes of the copied pod.' },
    { name: 'keep-startup', type: 'bool', help: 'If true, keep the startup probes of the copied pod.' },
    {
      name: 'profile',
      type: 'string',
      default: 'general',
      help: 'Options are "legacy", "general", "baseline", "netadmin", "restricted" or "sysadmin".',
    },
    { name: 'quiet', short: 'q', type: 'bool', help: 'If true, suppress informational messages.' },
    { name: 'replace', type: 'bool', help: "With '--copy-to', delete the original pod." },
    { name: 'same-node', type: 'bool', help: "With '--copy-to', schedule the copy on the same node." },
    {
      name: 'set-image',
      type: 'list',
      help: "With '--copy-to', name=image pairs for changing container images; * is every container.",
    },
    {
      name: 'share-processes',
      type: 'bool',
      default: true,
      help: "With '--copy-to', enable process namespace sharing in the copy.",
    },
    { name: 'stdin', short: 'i', type: 'bool', help: 'Keep stdin open on the container in the pod.' },
    { name: 'target', type: 'string', help: 'Target processes in this container name.' },
    { name: 'tty', short: 't', type: 'bool', help: 'Allocate a TTY for the debugging container.' },
  ],
  run: debug,
});

async function debug(context: CliContext): Promise<void> {
  const words = context.dashAt < 0 ? context.args : context.args.slice(0, context.dashAt);
  const images = imagesOf(context);
  checkFlags(context, words, images);
  const custom = await customProfile(context);
  const mapping = await podMapping(context);
  const args = words.map(word => (word.includes('/') ? word : `pods/${word}`));
  for (const live of await fetchSelected(context, { args })) {
    const { pod, container } = await started(context, live, images, custom);
    if (attaches(context) && container !== '') await attach(context, mapping, pod, container);
  }
}

type Started = { readonly pod: Pod; readonly container: string };

/** Makes what debugs an object; the container's name is empty where no debugging container was made. */
function started(
  context: CliContext,
  live: LiveResource,
  images: ReadonlyMap<string, string>,
  custom: object | undefined,
): Promise<Started> {
  const { group, version, kind } = live.mapping;
  if (kind === 'Node' && group === '') return byNodePod(context, live.name, custom);
  if (kind !== 'Pod' || group !== '')
    throw new CliError(`"${group}/${version}, Kind=${kind}" not supported by debug`);
  const pod = live.object as Pod;
  if (context.flags.string('copy-to')) return byCopy(context, pod, images, custom);
  return byEphemeralContainer(context, pod, custom);
}

async function byEphemeralContainer(
  context: CliContext,
  pod: Pod,
  custom: object | undefined,
): Promise<Started> {
  const { flags } = context;
  const target = flags.string('target');
  const bare: DebugContainer = {
    ...containerFields(context),
    name: flags.string('container') || freshName(context, pod),
    ...(target ? { targetContainerName: target } : {}),
  };
  const container = finished(context, bare, 'ephemeral', custom);
  warnOfUser(context, container, pod);
  const api = await context.api();
  const { namespace = '', name = '' } = pod.metadata;
  const patch = { spec: added(pod, container) };
  const changed = await api.patch(await podMapping(context), namespace, name, 'strategic', patch, {
    subresource: 'ephemeralcontainers',
  });
  return { pod: changed as Pod, container: container.name };
}

async function byCopy(
  context: CliContext,
  pod: Pod,
  images: ReadonlyMap<string, string>,
  custom: object | undefined,
): Promise<Started> {
  const { flags } = context;
  const { namespace = '', name: original = '' } = pod.metadata;
  const spec = specOfCopy(context, pod, images);
  const { name, containers } = debugged(context, pod, spec, custom);
  const { labels, annotations } = pod.metadata;
  const whole = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: flags.string('copy-to'), namespace, labels, annotations },
    spec: { ...spec, containers },
  } as unknown as Pod;
  // Where no container debugs, it is a copy of the whole pod with other images.
  const copy = name === '' ? whole : copied(whole, profileOf(context), keptOf(context));
  warnOfUser(
    context,
    containers.find(container => container.name === name),
    copy,
  );
  const api = await context.api();
  const mapping = await podMapping(context);
  const created = await api.create(mapping, namespace, copy);
  if (flags.bool('replace'))
    await api.delete(mapping, namespace, original, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
    });
  return { pod: created as Pod, container: name };
}

function specOfCopy({ flags }: CliContext, pod: Pod, images: ReadonlyMap<string, string>): PodSpec {
  const { nodeName, ephemeralContainers: _, ...spec } = pod.spec as unknown as PodSpec;
  return {
    ...spec,
    ...(nodeName && flags.bool('same-node') ? { nodeName } : {}),
    ...(flags.changed('share-processes') ? { shareProcessNamespace: flags.bool('share-processes') } : {}),
    containers: spec.containers.map(container => ({
      ...container,
      image: images.get(container.name) ?? images.get('*') ?? container.image,
    })),
  };
}

/** The copy's containers with the one that debugs: one of the pod's own, changed, or one more. */
function debugged(
  context: CliContext,
  pod: Pod,
  { containers }: PodSpec,
  custom: object | undefined,
): { name: string; containers: Container[] } {
  const { flags } = context;
  const asked = flags.string('container');
  const own = containers.find(container => container.name === asked);
  if (!own && !flags.string('image')) {
    if (flags.list('set-image').length > 0) return { name: '', containers };
    throw new CliError('you must specify image when creating new container');
  }
  const name = own?.name ?? (asked || freshName(context, pod));
  const { args: _, ...ownWithoutArgs } = own ?? { name };
  const before = commandFrom(context).length > 0 && !flags.bool('arguments-only') ? ownWithoutArgs : own;
  const fields = containerFields(context);
  const bare = { ...before, ...fields, name, stdin: flags.bool('stdin'), tty: flags.bool('tty') };
  if (own) bare.terminationMessagePolicy = own.terminationMessagePolicy;
  const done = finished(context, bare, 'copy', custom) as Container;
  return {
    name,
    containers: own ? containers.map(old => (old === own ? done : old)) : [...containers, done],
  };
}

async function byNodePod(context: CliContext, node: string, custom: object | undefined): Promise<Started> {
  const { flags, io } = context;
  const container = flags.string('container') || 'debugger';
  const name = `node-debugger-${node}-${randomSuffix(io.random)}`;
  if (!flags.bool('quiet'))
    context.out(`Creating debugging pod ${name} with container ${container} on node ${node}.\n`);
  const bare = profiled({ ...containerFields(context), name: container }, profileOf(context), 'node');
  const spec = onNode(
    {
      containers: [bare as Container],
      nodeName: node,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
    profileOf(context),
  );
  const [profiledContainer] = spec.containers;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: { ...spec, containers: [customized(profiledContainer!, custom)] },
  };
  const api = await context.api();
  const created = await api.create(await podMapping(context), (await context.namespace()).name, pod);
  return { pod: created as Pod, container };
}

function profileOf({ flags }: CliContext) {
  return profiles[flags.string('profile')]!;
}

function keptOf({ flags }: CliContext): Kept {
  return {
    annotations: flags.bool('keep-annotations'),
    initContainers: flags.bool('keep-init-containers'),
    labels: flags.bool('keep-labels'),
    liveness: flags.bool('keep-liveness'),
    readiness: flags.bool('keep-readiness'),
    startup: flags.bool('keep-startup'),
  };
}

function finished(
  context: CliContext,
  container: DebugContainer,
  style: DebugStyle,
  custom: object | undefined,
): DebugContainer {
  return customized(profiled(container, profileOf(context), style), custom);
}

/** The container with the user's own profile merged into it. */
function customized<T extends { name: string }>(container: T, custom: object | undefined): T {
  if (!custom) return container;
  const schema = loadSchemas().schemaOfKind('', 'v1', 'Pod')!;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [container] } };
  const patch = { spec: { containers: [{ ...custom, name: container.name }] } };
  const merged = applyStrategicMergePatch(pod as never, patch, schema) as unknown as typeof pod;
  return merged.spec.containers[0] as T;
}

async function customProfile({ flags, io }: CliContext): Promise<object | undefined> {
  const path = flags.string('custom');
  if (path === '') return undefined;
  const [profile = {}] = parseDocuments(new TextDecoder().decode(await io.fs.read(path)), path);
  for (const field of ['name', 'command', 'image', 'lifecycle', 'volumeDevices'])
    if (Object.hasOwn(profile as object, field))
      throw new CliError(
        'name, command, image, lifecycle and volume devices are not modifiable via custom profile',
      );
  return profile as object;
}

/** A profile's capabilities are of no use to a user who is not root. */
function warnOfUser(context: CliContext, container: DebugContainer | undefined, pod: Pod): void {
  const { runAsUser } = (pod.spec as unknown as PodSpec).securityContext ?? {};
  const own = container?.securityContext;
  if (!runAsUser || !own || own.runAsUser === 0) return;
  if (!own.privileged && !own.capabilities?.add?.length) return;
  context.error(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  );
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

function imagesOf({ flags }: CliContext): Map<string, string> {
  return new Map(
    flags.list('set-image').map(pair => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new CliError(`invalid argument ${JSON.stringify(pair)} for "--set-image" flag`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function checkFlags(
  context: CliContext,
  words: readonly string[],
  images: ReadonlyMap<string, string>,
): void {
  const { flags } = context;
  const [profile, image, container] = [
    flags.string('profile'),
    flags.string('image'),
    flags.string('container'),
  ];
  const refused = (text: string) => new CliError(text);
  if (!Object.hasOwn(profiles, profile)) throw refused(`unknown profile: ${profile}`);
  if (flags.changed('attach') && flags.bool('attach') && image === '' && container === '')
    throw refused('you must specify --container or create a new container using --image in order to attach.');
  if (flags.string('copy-to')) {
    const args = commandFrom(context).length > 0;
    if (image === '' && images.size === 0 && !args)
      throw refused('you must specify --image, --set-image or command arguments.');
    if (args && container === '' && image === '')
      throw refused('you must specify an existing container or a new image when specifying args.');
  } else {
    for (const name of ['replace', 'same-node'] as const)
      if (flags.bool(name)) throw refused(`--${name} may only be used with --copy-to.`);
    if (images.size > 0) throw refused('--set-image may only be used with --copy-to.');
    if (image === '') throw refused('you must specify --image when not using --copy-to.');
  }
  if (image !== '' && !isReference(image))
    throw refused(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (words.length === 0 && flags.list('filename').length === 0)
    throw refused('NAME or filename is required for debug');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(flags.string('image-pull-policy')))
    throw refused(`invalid image pull policy: ${flags.string('image-pull-policy')}`);
  for (const [name, reference] of images)
    if (!isReference(reference))
      throw refused(
        `invalid image name ${JSON.stringify(reference)} for container ${JSON.stringify(name)}: invalid reference format`,
      );
  const target = flags.string('target');
  if (target && flags.string('copy-to'))
    throw refused('--target is incompatible with --copy-to. Use --share-processes instead.');
  if (target && !flags.bool('quiet'))
    context.out(
      `Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  if (flags.bool('tty') && !flags.bool('stdin'))
    throw refused('-i/--stdin is required for containers with -t/--tty=true');
  if (profile === 'legacy')
    context.error(
      '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
    );
}

/** What the flags say of the container. */
function containerFields(context: CliContext): Omit<DebugContainer, 'name'> {
  const { flags } = context;
  const words = commandFrom(context);
  const env = flags.list('env').map(text => {
    const at = text.indexOf('=');
    if (at <= 0) throw new CliError(`invalid env: ${text}`);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const pullPolicy = flags.string('image-pull-policy');
  return {
    ...(flags.string('image') ? { image: flags.string('image') } : {}),
    terminationMessagePolicy: 'File',
    ...(words.length > 0 ? { [flags.bool('arguments-only') ? 'args' : 'command']: words } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
}

/** A name that the pod has not yet, which is told. */
function freshName(context: CliContext, { spec }: Pod): string {
  const { io, flags } = context;
  const taken = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  for (;;) {
    const name = `debugger-${randomSuffix(io.random)}`;
    if (taken.some(container => container.name === name)) continue;
    if (!flags.bool('quiet')) context.out(`Defaulting debug container name to ${name}.\n`);
    return name;
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
    [
      ...(object?.status?.ephemeralContainerStatuses ?? []),
      ...(object?.status?.containerStatuses ?? []),
    ].find(({ name }) => name === container)?.state;
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
