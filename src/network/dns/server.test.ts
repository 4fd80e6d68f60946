import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { test } from 'node:test';
import { decode, encode, type Packet } from 'dns-packet';
import { endpointSlices, namespaces, services } from '#api/generated/refs.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { InformerFactory } from '#client/informer.ts';
import { wallClock } from '#test/engine.ts';
import { ObjectFeed } from '#test/object-feed.ts';
import { parseResolvConf } from './resolvers.ts';
import { createDns } from './server.ts';
import { HostSockets } from './sockets.ts';
import type { DnsHandler } from './sockets-port.ts';

const sockets = new HostSockets();
const loopback = '127.0.0.1';

/** A resolver of the outside: its answers are counted. */
async function openUpstream() {
  const asked: string[] = [];
  const handler: DnsHandler = async (message, transport) => {
    const query = decode(Buffer.from(message));
    const { name } = query.questions![0]!;
    asked.push(`${transport} ${name}`);
    if (name === 'silent.example') return undefined;
    const count = name === 'big.example' ? 100 : 1;
    const answers = Array.from({ length: count }, (_, i) => ({
      type: 'A',
      name,
      ttl: 60,
      data: `192.0.2.${i}`,
    }));
    const isCut = name === 'big.example' && transport === 'udp';
    return encode({
      type: 'response',
      id: query.id,
      flags: isCut ? 0x0200 : 0,
      questions: query.questions,
      answers: name === 'missing.example' || isCut ? [] : answers,
    } as Packet);
  };
  const listener = await sockets.listen(loopback, 0, handler);
  return { asked, listener };
}

async function open() {
  const feed = new ObjectFeed();
  feed.put(namespaces, { metadata: { name: 'ns' } });
  feed.put(services, {
    metadata: { namespace: 'ns', name: 'web' },
    spec: { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'], ports: [{ name: 'http', port: 80 }] },
  });
  feed.put(services, {
    metadata: { namespace: 'ns', name: 'out' },
    spec: { type: 'ExternalName', externalName: 'one.example' },
  });
  const upstream = await openUpstream();
  const seams = { clock: wallClock, random: new SeededRandom(1), log: silentLog };
  const informers = new InformerFactory(feed.client(), seams);
  const dead = await sockets.listen(loopback, 0, async () => undefined);
  await dead[Symbol.asyncDispose]();
  const dns = await createDns({
    informers,
    listen: [{ address: loopback, port: 0 }],
    resolvers: [
      { address: loopback, port: dead.port },
      { address: loopback, port: upstream.listener.port },
    ],
    sockets,
    ...seams,
  });
  const { port } = dns.listeners[0]!;
  const resolver = new Resolver({ timeout: 3000, tries: 1 });
  resolver.setServers([`${loopback}:${port}`]);
  return {
    feed,
    informers,
    upstream,
    dns,
    port,
    resolver,
    close: async () => {
      await dns[Symbol.asyncDispose]();
      await upstream.listener[Symbol.asyncDispose]();
      informers[Symbol.dispose]();
    },
  };
}

async function askTcp(port: number, ...messages: Uint8Array[]): Promise<Packet[]> {
  const socket = connect(port, loopback);
  const answers: Packet[] = [];
  let rest = Buffer.alloc(0);
  for (const message of messages) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(length);
    socket.write(message);
  }
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      answers.push(decode(rest.subarray(2, 2 + rest.readUInt16BE(0))));
      rest = rest.subarray(2 + rest.readUInt16BE(0));
    }
    if (answers.length === messages.length) break;
  }
  return answers;
}

async function askUdp(port: number, message: Uint8Array): Promise<Packet> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve, reject) => {
      socket.on('message', answer => resolve(decode(answer)));
      socket.on('error', reject);
      socket.send(message, port, loopback);
    });
  } finally {
    socket.close();
  }
}

function query(name: string, id = 1): Buffer {
  return encode({ type: 'query', id, flags: 0x100, questions: [{ type: 'A', name }] });
}

test('a real resolver gets cluster names, forwarded names and errors', async () => {
  const { informers, dns, resolver, feed, upstream, port, close } = await open();
  try {
    const early = await askUdp(port, query('web.ns.svc.cluster.local'));
    assert.equal((early as { rcode?: string }).rcode, 'SERVFAIL');
    informers.start();
    await dns.ready;
    assert.deepEqual(await resolver.resolve4('web.ns.svc.cluster.local'), ['10.96.0.7']);
    const [target] = await resolver.resolveSrv('_http._tcp.web.ns.svc.cluster.local');
    assert.deepEqual([target?.name, target?.port], ['web.ns.svc.cluster.local', 80]);
    assert.deepEqual(await resolver.reverse('10.96.0.7'), ['web.ns.svc.cluster.local']);
    await assert.rejects(resolver.resolve4('no.ns.svc.cluster.local'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolve6('web.ns.svc.cluster.local'), { code: 'ENODATA' });
    assert.deepEqual(await resolver.resolve4('one.example'), ['192.0.2.0']);
    assert.deepEqual(await resolver.resolve4('ONE.example'), ['192.0.2.0']);
    assert.deepEqual(upstream.asked, ['udp one.example']);
    assert.deepEqual(await resolver.resolve4('out.ns.svc.cluster.local'), ['192.0.2.0']);
    await assert.rejects(resolver.resolve4('missing.example'), { code: 'ENODATA' });
    feed.remove(services, 'ns', 'web');
    await assert.rejects(resolver.resolve4('web.ns.svc.cluster.local'), { code: 'ENOTFOUND' });
  } finally {
    await close();
  }
});

test('what UDP cannot carry comes over TCP', async () => {
  const { informers, dns, resolver, feed, upstream, port, close } = await open();
  try {
    informers.start();
    await dns.ready;
    feed.put(services, {
      metadata: { namespace: 'ns', name: 'pets' },
      spec: { clusterIP: 'None', clusterIPs: ['None'], ports: [{ port: 80 }] },
    });
    feed.put(endpointSlices, {
      metadata: { namespace: 'ns', name: 'pets-1', labels: { 'kubernetes.io/service-name': 'pets' } },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: Array.from({ length: 200 }, (_, i) => ({ addresses: [`10.244.1.${i}`] })),
    });
    const cut = await askUdp(port, query('pets.ns.svc.cluster.local'));
    assert.equal((cut as { flag_tc?: boolean }).flag_tc, true);
    assert.equal((await resolver.resolve4('pets.ns.svc.cluster.local')).length, 200);
    assert.equal((await resolver.resolve4('big.example')).length, 100);
    assert.ok(upstream.asked.includes('tcp big.example'));
    const both = await askTcp(port, query('one.example', 1), query('pets.ns.svc.cluster.local', 2));
    assert.deepEqual(
      both.map(answer => [answer.id, answer.answers!.length]),
      [
        [1, 1],
        [2, 200],
      ],
    );
  } finally {
    await close();
  }
});

test('garbage does not disturb it', async () => {
  const { informers, dns, resolver, port, close } = await open();
  try {
    informers.start();
    await dns.ready;
    const socket = createSocket('udp4');
    for (const garbage of ['', 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '\0'.repeat(12)]) {
      await new Promise(resolve => socket.send(Buffer.from(garbage), port, loopback, resolve));
    }
    socket.close();
    const tcp = connect(port, loopback);
    tcp.on('error', () => {});
    tcp.end('\xff\xff\xff');
    assert.deepEqual(await resolver.resolve4('web.ns.svc.cluster.local'), ['10.96.0.7']);
    tcp.destroy();
  } finally {
    await close();
  }
});

test('an address that is taken is an error', async () => {
  const taken = await sockets.listen(loopback, 0, async () => undefined);
  try {
    await assert.rejects(
      sockets.listen(loopback, taken.port, async () => undefined),
      { code: 'EADDRINUSE' },
    );
  } finally {
    await taken[Symbol.asyncDispose]();
  }
});

test('the name servers of a resolv.conf', () => {
  const text =
    '# nameserver 9.9.9.9\nnameserver 192.0.2.1\n nameserver\t10.96.0.10 # us\nsearch x\nnameserver 192.0.2.1\n';
  assert.deepEqual(parseResolvConf(text, ['10.96.0.10']), [{ address: '192.0.2.1', port: 53 }]);
});
