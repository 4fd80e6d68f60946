import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConnectionOptions, type SecureVersion, connect } from 'node:tls';
import { createAuthorities, issueLeaf } from '#apiserver/pki/pki.ts';
import { systemClock } from '#main/system.ts';
import { WiredCluster } from './wire.ts';

let wired: WiredCluster;

before(async () => {
  wired = await WiredCluster.start();
});

after(() => wired[Symbol.asyncDispose]());

interface Visit {
  readonly isResumed: boolean;
  readonly session: Buffer;
  readonly status: number;
  readonly username: string | undefined;
}

const review = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Asks who it is, on a connection of its own. */
function visit(options: ConnectionOptions): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...wired.tls, ...options });
    let session: Buffer | undefined;
    let text = '';
    socket.on('session', (ticket: Buffer) => (session = ticket));
    socket.on('error', reject);
    socket.on('data', chunk => (text += chunk));
    socket.on('end', () => {
      const status = Number(text.slice(9, 12));
      const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
      const username = body.status?.userInfo?.username;
      resolve({ isResumed: socket.isSessionReused(), session: session!, status, username });
      socket.destroy();
    });
    const head = ['Host: x', 'Connection: close', 'Content-Type: application/json'];
    socket.write(
      `POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\nContent-Length: ${review.length}\r\n\r\n${review}`,
    );
  });
}

for (const version of ['TLSv1.3', 'TLSv1.2'] satisfies SecureVersion[]) {
  const bounds = { minVersion: version, maxVersion: version } as const;

  test(`a client that resumes its session is who it was, ${version}`, async () => {
    const first = await visit(bounds);
    assert.deepEqual([first.isResumed, first.username], [false, 'kubernetes-admin']);
    const again = await visit({ ...bounds, session: first.session });
    assert.deepEqual([again.isResumed, again.username], [true, 'kubernetes-admin']);
    const onceMore = await visit({ ...bounds, session: again.session ?? first.session });
    assert.deepEqual([onceMore.isResumed, onceMore.username], [true, 'kubernetes-admin']);
  });

  test(`a session begun without a certificate stays without one, ${version}`, async () => {
    const first = await visit({ ...bounds, cert: undefined, key: undefined });
    const again = await visit({ ...bounds, session: first.session });
    assert.equal(again.isResumed, true);
    assert.notEqual(again.username, 'kubernetes-admin');
  });

  test(`a certificate that nobody here issued is no better the second time, ${version}`, async () => {
    const subject = { commonName: 'kubernetes-admin', organizations: ['system:masters'] };
    const leaf = issueLeaf(createAuthorities(systemClock), systemClock, { subject, usage: 'client' });
    const stranger = { ...bounds, ...leaf };
    const first = await visit(stranger);
    const again = await visit({ ...stranger, session: first.session });
    assert.deepEqual([first.status, again.isResumed, again.status], [401, true, 401]);
  });
}
