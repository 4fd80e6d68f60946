import { availableParallelism, loadavg } from 'node:os';
import { type Figure, table } from './figures.ts';
import { benches } from './registry.ts';

// npm run bench -- NAME… [--option …]: one line of JSON for each figure, then a table beside other systems' figures.
const words = process.argv.slice(2);
const end = words.findIndex(word => word.startsWith('-'));
const names = end < 0 ? words : words.slice(0, end);
const args = end < 0 ? [] : words.slice(end);
const unknown = names.find(name => !benches.some(bench => bench.name === name));

if (names.length === 0 || unknown !== undefined) {
  if (unknown !== undefined) console.error(`There is no bench ${JSON.stringify(unknown)}.`);
  console.error('Usage: npm run bench -- NAME… [--option …]\n');
  for (const { name, summary } of benches) console.error(`  ${name.padEnd(12)}${summary}`);
  process.exitCode = 2;
} else {
  const figures: Figure[] = [];
  for (const bench of benches.filter(({ name }) => names.includes(name))) {
    for await (const figure of bench.run(args)) {
      console.log(JSON.stringify({ bench: bench.name, ...figure }));
      figures.push(figure);
    }
  }
  const load = loadavg().map(value => value.toFixed(1));
  console.log(
    `\nNode ${process.version}, ${availableParallelism()} CPUs, load ${load.join(' ')}\n\n${table(figures)}`,
  );
}
