import type { Layout } from '../config/layout.ts';
import type { HostFs } from '../host/port.ts';
import { arrange, type ObservedPod, runtimeKeys } from '../lifecycle/observed.ts';
import { CriLogReader } from '../logs/reader.ts';
import { type ContainerStatus, type Runtime, RuntimeError } from '../runtime.ts';

const messageMax = 4_096;
const fallbackBytesMax = 2_048;
const fallbackLinesMax = 80;

/** Something that was there when it was listed may be gone when it is looked at. */
async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'NotFound') return undefined;
    throw error;
  }
}

/** All that the runtime has of a pod, with the termination messages of what has ended. */
export async function observePod(
  runtime: Runtime,
  fs: HostFs,
  layout: Layout,
  podUid: string,
): Promise<ObservedPod> {
  const labels = { [runtimeKeys.podUid]: podUid };
  const [sandboxes, containers] = await Promise.all([
    runtime.listSandboxes({ labels }),
    runtime.listContainers({ labels }),
  ]);
  const [sandboxStatuses, containerStatuses] = await Promise.all([
    Promise.all(sandboxes.map(sandbox => orGone(runtime.sandboxStatus(sandbox.id)))),
    Promise.all(
      containers.map(async container => {
        const status = await orGone(runtime.containerStatus(container.id));
        return status && withMessage(fs, layout, podUid, status);
      }),
    ),
  ]);
  return arrange(
    sandboxStatuses.filter(status => status !== undefined),
    containerStatuses.filter(status => status !== undefined),
  );
}

async function withMessage(
  fs: HostFs,
  layout: Layout,
  podUid: string,
  status: ContainerStatus,
): Promise<ContainerStatus> {
  if (status.state !== 'EXITED') return status;
  const file = layout.terminationMessageFile(podUid, status.name, status.attempt);
  const written = new TextDecoder().decode(await fs.read(file, 0, messageMax));
  const fallback = status.annotations[runtimeKeys.terminationMessagePolicy] === 'FallbackToLogsOnError';
  const message =
    written === '' && fallback && status.exitCode !== 0 ? await lastLog(fs, status.logPath) : written;
  if (message === '') return status;
  return { ...status, message: status.message === '' ? message : `${status.message}: ${message}` };
}

/** The end of a container's log, within the bounds that upstream sets for a termination message. */
async function lastLog(fs: HostFs, path: string): Promise<string> {
  const reader = new CriLogReader(fs, path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.read({ tailLines: fallbackLinesMax })) chunks.push(chunk);
  const text = chunks.map(chunk => new TextDecoder().decode(chunk)).join('');
  return text.slice(-fallbackBytesMax);
}
