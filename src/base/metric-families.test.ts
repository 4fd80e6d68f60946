import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CounterFamily, HistogramFamily, familiesOf, metricsText } from './metric-families.ts';

test('a part of a histogram tells its buckets alone, of the series that it names, all that was seen in them', () => {
  const options = { help: 'Times.', stability: 'ALPHA' } as const;
  const all = new HistogramFamily({ ...options, name: 'all', buckets: [1, 2, 3, 4] });
  const part = all.part({ ...options, name: 'part', buckets: [2, 4] }, ({ hidden, ...labels }) =>
    hidden ? undefined : labels,
  );
  assert.deepEqual([...part.lines()], []);
  all.observe({ of: 'b', hidden: true }, 1);
  assert.deepEqual([...part.lines()], []);
  const observe = all.of({ of: 'a', hidden: false });
  for (const value of [0.5, 1.5, 2.5, 5]) observe(value);
  assert.deepEqual(
    [...part.lines()],
    [
      '# HELP part [ALPHA] Times.',
      '# TYPE part histogram',
      'part_bucket{of="a",le="2"} 2',
      'part_bucket{of="a",le="4"} 3',
      'part_bucket{of="a",le="+Inf"} 4',
      'part_sum{of="a"} 9.5',
      'part_count{of="a"} 4',
    ],
  );
});

test('families are told by their names', () => {
  const options = { help: 'Events.', stability: 'ALPHA' } as const;
  const families = ['a_b_c', 'b', 'a_b'].map(name => new CounterFamily({ ...options, name }));
  for (const family of families) family.add({});
  const names = metricsText(families).match(/^\w+/gm);
  assert.deepEqual(names, ['a_b', 'a_b_c', 'b']);
});

test('series are told by their labels, and families that come later are told too', () => {
  const options = { help: 'Events.', stability: 'ALPHA' } as const;
  const counts = new CounterFamily({ ...options, name: 'counts' });
  for (const code of ['b', 'a', 'c']) counts.add({ code });
  const later: CounterFamily[] = [];
  const all = familiesOf([counts], later);
  const told = () => metricsText(all).match(/^\w+\{code="\w"/gm);
  assert.deepEqual(told(), ['counts{code="a"', 'counts{code="b"', 'counts{code="c"']);
  const first = new CounterFamily({ ...options, name: 'added' });
  first.add({ code: 'x' });
  later.push(first);
  assert.equal(told()![0], 'added{code="x"');
});
