import type { ChannelSocket } from '../core/connection.ts';

/** The channels of v5.channel.k8s.io (KEP-4006). */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Prefixes the data with its channel. */
export function frame(id: number, data: Uint8Array | string): Uint8Array {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const framed = new Uint8Array(bytes.length + 1);
  framed[0] = id;
  framed.set(bytes, 1);
  return framed;
}

/** Sends chunks to a channel and then closes it, where the protocol can. */
export async function sendAll(
  socket: ChannelSocket,
  id: number,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of chunks) await socket.send(frame(id, chunk));
  if (socket.protocol === 'v5.channel.k8s.io') await socket.send(Uint8Array.of(channel.close, id));
}
