import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { RuntimeEvent } from '../runtime.ts';
import { type Decoded, decode } from './codec.ts';
import type { CriConnection } from './connection.ts';
import { fromEvent } from './responses.ts';

export interface EventWatch {
  readonly connection: CriConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: (event: RuntimeEvent) => void;
}

type Stream<T> = {
  on(event: 'data', listener: (message: T) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown;
  cancel(): void;
};

/** Whether the runtime knows the call at all. */
type Ending = 'unimplemented' | 'ended';

const unimplementedCode = 12;
const retryMs = 1_000;
const stateTriesMax = 100;
const statePollMs = 10;
const podUidLabel = 'io.kubernetes.pod.uid';

/**
 * Follows the runtime's events until disposed and reconnects when the stream breaks: CRI's own, or, where the runtime
 * has none (containerd 1.6), those of containerd. A runtime with neither is asked once.
 */
export function watchEvents(watch: EventWatch): Disposable {
  const abort = new AbortController();
  follow(watch, abort.signal).catch(error => {
    if (!abort.signal.aborted) watch.log.error('events are no longer followed', { error: String(error) });
  });
  return { [Symbol.dispose]: () => abort.abort() };
}

async function follow(watch: EventWatch, signal: AbortSignal): Promise<void> {
  let source: 'cri' | 'containerd' = 'cri';
  while (!signal.aborted) {
    const ending = source === 'cri' ? await followCri(watch, signal) : await followContainerd(watch, signal);
    if (signal.aborted) return;
    if (ending === 'ended') await sleep(watch.clock, retryMs, signal);
    else if (source === 'cri') source = 'containerd';
    else return watch.log.debug('the runtime has no events');
  }
}

async function followCri(watch: EventWatch, signal: AbortSignal): Promise<Ending> {
  const open = () => watch.connection.stream('criEvents', {});
  return drain(open, signal, event => watch.listener(fromEvent(event)));
}

async function followContainerd(watch: EventWatch, signal: AbortSignal): Promise<Ending> {
  const filters = ['/tasks/start', '/tasks/exit'].map(topic => `namespace==k8s.io,topic=="${topic}"`);
  const open = () => watch.connection.stream('containerdEvents', { filters });
  return drain(open, signal, envelope => {
    const seen = taskEvent(envelope);
    if (!seen) return;
    tell(watch, seen, signal).catch(error => {
      if (!signal.aborted) watch.log.debug('an event was not passed on', { error: String(error) });
    });
  });
}

async function drain<T>(
  open: () => Promise<Stream<T>>,
  signal: AbortSignal,
  each: (message: T) => void,
): Promise<Ending> {
  let stream: Stream<T>;
  try {
    stream = await open();
  } catch (error) {
    if (signal.aborted) return 'ended';
    throw error;
  }
  return new Promise(resolve => {
    const cancel = () => stream.cancel();
    const end = (error?: unknown) => {
      signal.removeEventListener('abort', cancel);
      const { code } = (error ?? {}) as { readonly code?: unknown };
      resolve(code === unimplementedCode ? 'unimplemented' : 'ended');
    };
    stream.on('error', end);
    stream.on('end', end);
    stream.on('data', message => {
      if (!signal.aborted) each(message);
    });
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
  });
}

interface TaskEvent {
  readonly containerId: string;
  readonly type: 'STARTED' | 'STOPPED';
}

/** Undefined for the end of an exec, which has the container's id but a process id of its own. */
function taskEvent({ topic, event }: Decoded<'Envelope'>): TaskEvent | undefined {
  const bytes = event?.value ?? new Uint8Array();
  if (topic === '/tasks/start')
    return { containerId: decode('TaskStart', bytes).containerId, type: 'STARTED' };
  const { containerId, id } = decode('TaskExit', bytes);
  return id === containerId ? { containerId, type: 'STOPPED' } : undefined;
}

/** containerd tells before CRI knows: what is told must be there to see when the kubelet looks. */
async function tell(watch: EventWatch, { containerId, type }: TaskEvent, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < stateTriesMax && !signal.aborted; tries++) {
    const seen = await lookUp(watch.connection, containerId);
    if (!seen) return;
    if (type === 'STARTED' ? seen.begun : seen.over) {
      if (!signal.aborted) watch.listener({ podUid: seen.podUid, containerId, type });
      return;
    }
    await sleep(watch.clock, statePollMs, signal);
  }
}

/** The container or sandbox of this id, as CRI has it. */
async function lookUp(connection: CriConnection, id: string) {
  const { containers } = await connection.call('ListContainers', { filter: { id } }, retryMs);
  const [container] = containers;
  if (container) {
    const { state, labels } = container;
    const over = state === 'CONTAINER_EXITED';
    return { podUid: labels[podUidLabel] ?? '', begun: over || state === 'CONTAINER_RUNNING', over };
  }
  const { items } = await connection.call('ListPodSandbox', { filter: { id } }, retryMs);
  const [sandbox] = items;
  if (!sandbox) return undefined;
  return { podUid: sandbox.metadata?.uid ?? '', begun: true, over: sandbox.state === 'SANDBOX_NOTREADY' };
}
