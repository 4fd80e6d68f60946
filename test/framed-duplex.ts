import { Duplex } from 'node:stream';

/** A client's side of a WebSocket that carries short binary messages alone: all that the tunnel's test sends. */
export function framedDuplex(socket: Duplex): Duplex {
  let rest = Buffer.alloc(0);
  const duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const length = Buffer.alloc(4);
      length.writeUInt16BE(chunk.length, 2);
      length[0] = 0x82;
      length[1] = 0x80 | 126;
      socket.write(Buffer.concat([length, Buffer.alloc(4), chunk]), done);
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const wide = (rest[1]! & 127) === 126;
      const [head, length] = wide ? [4, rest.readUInt16BE(2)] : [2, rest[1]! & 127];
      if (rest.length < head + length) return;
      if ((rest[0]! & 15) === 2) duplex.push(rest.subarray(head, head + length));
      rest = rest.subarray(head + length);
    }
  });
  socket.on('close', () => duplex.push(null));
  return duplex;
}
