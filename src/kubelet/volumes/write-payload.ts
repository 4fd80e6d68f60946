import type { Payload } from './atomic-writer.ts';
import { writeAtomically } from './atomic-writer.ts';
import type { VolumeContext } from './plugin.ts';

/** Makes the volume's directory, in memory where `tmpfs`, and writes its files. */
export async function writePayload(
  context: VolumeContext,
  payload: Payload,
  options: { readonly tmpfs: boolean; readonly user?: number },
): Promise<string> {
  const { host, directory, pod, nowMs } = context;
  const group = pod.spec?.securityContext?.fsGroup;
  await host.fs.makeDirectory(directory, 0o755);
  if (options.tmpfs && !(await host.mounts.isMount(directory))) {
    await host.mounts.mountTmpfs(directory, { mode: 0o755 });
  }
  await writeAtomically(host.fs, directory, payload, {
    nowMs,
    ...(group === undefined ? {} : { group }),
    ...(options.user === undefined ? {} : { user: options.user }),
  });
  return directory;
}
