import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

test('a queue gives back what an array would, in order', () => {
  const step = fc.oneof(fc.nat(9), fc.constant('shift' as const), fc.constant('clear' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const queue = new Fifo<number>();
      let model: number[] = [];
      for (const one of steps) {
        if (one === 'shift') assert.equal(queue.shift(), model.shift());
        else if (one === 'clear') {
          queue.clear();
          model = [];
        } else {
          queue.push(one);
          model.push(one);
        }
        assert.equal(queue.size, model.length);
      }
    }),
  );
});
