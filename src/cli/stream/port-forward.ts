import type { CliContext } from '../core/context.ts';
import type { Pod } from '../core/pods.ts';
import { CliError } from '../errors.ts';
import type { LocalSocket } from '../io.ts';
import { frame } from './channels.ts';

const dataChannel = 0;
const errorChannel = 1;

/**
 * Carries one TCP connection to a pod's port over a WebSocket of its own (v4.channel.k8s.io): channel 0 is the
 * data, channel 1 the errors, and the first message of each is the port, little-endian.
 */
export async function forwardConnection(
  context: CliContext,
  pod: Pod,
  port: number,
  local: LocalSocket,
): Promise<void> {
  const { name = '', namespace = '' } = pod.metadata;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/portforward?ports=${port}`;
  const connection = await context.connection();
  const socket = await connection.openSocket(path, ['v4.channel.k8s.io']).catch(error => {
    local.destroy();
    throw error;
  });
  void (async () => {
    for await (const chunk of local.chunks()) await socket.send(frame(dataChannel, chunk));
    socket.close();
  })().catch(() => socket.close());
  const started = new Set<number>();
  try {
    for await (const message of socket.messages()) {
      const id = message[0]!;
      if (!started.has(id)) {
        started.add(id);
        continue;
      }
      const data = message.subarray(1);
      if (id === errorChannel && data.length > 0) throw new CliError(new TextDecoder().decode(data));
      if (id === dataChannel && data.length > 0) await local.write(data);
    }
    local.end();
  } catch (error) {
    local.destroy();
    throw error;
  } finally {
    socket.close();
  }
}
