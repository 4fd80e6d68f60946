import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TabWriter, tabbed, tableTabs } from './tabwriter.ts';

test('columns are as wide as their widest cell and the padding; the last is not padded', () => {
  assert.equal(tabbed('NAME\tAGE\nlonger\t5s\n', tableTabs), 'NAME     AGE\nlonger   5s\n');
});

test('no table column is narrower than six', () => {
  assert.equal(tabbed('A\tB\n', tableTabs), 'A     B\n');
});

test('a line without tabs ends a column', () => {
  assert.equal(tabbed('a:\tb\nplain line\nlonger title:\tc\n'), 'a:  b\nplain line\nlonger title:  c\n');
});

test('a watch keeps its widths', () => {
  const writer = new TabWriter({ ...tableTabs, rememberWidths: true });
  writer.write('a-long-name\tx\n');
  assert.equal(writer.flush(), 'a-long-name   x\n');
  writer.write('b\ty\n');
  assert.equal(writer.flush(), 'b             y\n');
});
