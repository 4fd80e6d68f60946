import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiRequest } from '../request.ts';
import { managerNameOf } from './manager-name.ts';

const nameOf = (userAgent: string | undefined, query = '') =>
  managerNameOf({
    query: new URLSearchParams(query),
    headers: { 'user-agent': userAgent },
  } as unknown as ApiRequest);

describe('the name of a manager', () => {
  const names: readonly [string, string | undefined, string][] = [
    ['is what stands before the first slash', 'kubectl/v1.36 (linux/amd64) kubernetes/abc', 'kubectl'],
    ['may hold spaces', 'my controller/2', 'my controller'],
    ['loses what cannot be printed', 'a\u0007b\u00a0c\u200bd/1', 'abcd'],
    ['is unknown where the client says nothing', undefined, 'unknown'],
    ['is unknown where nothing is left', '/v1', 'unknown'],
    ['has 128 bytes at most', `${'é'.repeat(100)}/1`, 'é'.repeat(64)],
  ];
  for (const [what, userAgent, wanted] of names) {
    it(what, () => assert.equal(nameOf(userAgent), wanted));
  }

  it('is what the query says, if it says something', () => {
    assert.equal(nameOf('kubectl/v1', 'fieldManager=mine'), 'mine');
    assert.equal(nameOf('kubectl/v1', 'fieldManager='), 'kubectl');
  });
});
