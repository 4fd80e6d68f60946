import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PieceSet } from './piece-set.ts';

const members = Array.from({ length: 10_000 }, (_, i) => ({ i }));
const inOrder = (set: PieceSet<{ i: number }>) => set.map(({ i }) => i).toSorted((a, b) => a - b);

test('is a Set, whatever comes and goes', () => {
  const set = new PieceSet<{ i: number }>();
  for (const member of [...members, ...members]) set.add(member);
  assert.equal(set.size, members.length);
  assert.deepEqual(
    inOrder(set),
    members.map(({ i }) => i),
  );
  for (const member of members) if (member.i % 3 > 0) assert.ok(set.delete(member));
  assert.ok(!set.delete(members[1]!));
  assert.ok(set.has(members[0]!) && !set.has(members[1]!));
  set.add(members[1]!);
  assert.deepEqual(
    inOrder(set),
    members.filter(({ i }) => i === 1 || i % 3 === 0).map(({ i }) => i),
  );
  assert.equal(set.size, inOrder(set).length);
});
