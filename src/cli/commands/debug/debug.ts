import { isReference } from '#machinery/image-reference.ts';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { filenameFlags } from '../../core/flag-groups.ts';
import { type Pod, podMapping } from '../../core/pods.ts';
import { fetchSelected, type LiveResource } from '../../core/resources.ts';
import { CliError } from '../../errors.ts';
import { commandFrom } from '../create/generator.ts';
import { attach } from './attach.ts';
import { customProfile, type Started } from './container.ts';
import { byCopy } from './copy.ts';
import { byEphemeralContainer } from './ephemeral.ts';
import { byNodePod } from './node.ts';
import { profiles } from './profiles.ts';

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

/** Makes what debugs an object, by what it is. */
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

function attaches({ flags }: CliContext): boolean {
  return flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
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

function imagesOf({ flags }: CliContext): Map<string, string> {
  return new Map(
    flags.list('set-image').map(pair => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new CliError(`invalid argument ${JSON.stringify(pair)} for "--set-image" flag`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
