import type { Container, PodSpec } from '#api/generated/types/core.v1.ts';
import type { CliContext } from '../../core/context.ts';
import { type Pod, podMapping } from '../../core/pods.ts';
import { CliError } from '../../errors.ts';
import { commandFrom } from '../create/generator.ts';
import { containerFields, finished, freshName, profileOf, type Started, warnOfUser } from './container.ts';
import { copied, type Kept } from './profiles.ts';

/** Makes a copy of the pod in which a container debugs, or which has other images. */
export async function byCopy(
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
