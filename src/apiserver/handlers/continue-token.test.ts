import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasReason } from '#machinery/status.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,30}$/).filter(text => !/^\.+$/.test(text));

test('a token leads back to the place where it was made', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), name, name, fc.boolean(), (revision, namespace, key, isScoped) => {
      const start = `${namespace}/${key}\0`;
      const prefix = isScoped ? `${namespace}/` : '';
      assert.deepEqual(decodeContinue(encodeContinue(revision, start, prefix), prefix), { revision, start });
    }),
  );
});

const wild = fc.oneof(
  fc.string(),
  fc.json().map(json => Buffer.from(json).toString('base64url')),
  fc
    .record({ v: fc.constantFrom('meta.k8s.io/v1', 'x', 1), rv: fc.jsonValue(), start: fc.jsonValue() })
    .map(token => Buffer.from(JSON.stringify(token)).toString('base64url')),
  fc.string().map(start => encodeContinue(1, start, '')),
);

test('any text is a place below the prefix or refused', () => {
  fc.assert(
    fc.property(wild, text => {
      try {
        const { start, revision } = decodeContinue(text, 'default/');
        assert.ok(start.startsWith('default/') && !start.split('/').includes('..'));
        assert.ok(Number.isSafeInteger(revision) && revision !== 0);
      } catch (error) {
        assert.ok(hasReason(error, 'BadRequest'), String(error));
      }
    }),
  );
});
