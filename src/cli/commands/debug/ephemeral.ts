import type { CliContext } from '../../core/context.ts';
import { type Pod, podMapping } from '../../core/pods.ts';
import {
  containerFields,
  type DebugContainer,
  finished,
  freshName,
  type Started,
  warnOfUser,
} from './container.ts';

/** Adds the container to the running pod. */
export async function byEphemeralContainer(
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

/** As kubectl's patch, which keeps the order: without that, what is new comes first. */
function added({ spec }: Pod, container: DebugContainer): Record<string, unknown> {
  const names = (spec?.ephemeralContainers ?? []).map(({ name }) => name);
  const order = [...new Set([...names, container.name])].map(name => ({ name }));
  return { '$setElementOrder/ephemeralContainers': order, ephemeralContainers: [container] };
}
