import type { CliContext } from '../../core/context.ts';
import type { Mapping } from '../../core/discovery.ts';
import type { Pod } from '../../core/pods.ts';
import { watchUntil } from '../../core/waiting.ts';
import { attachTo } from '../attach.ts';

/** Waits until the container has started, and ties the terminal to it; shows what it wrote where it has ended already. */
export async function attach(
  context: CliContext,
  mapping: Mapping,
  pod: Pod,
  container: string,
): Promise<void> {
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
