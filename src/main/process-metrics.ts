import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '#base/clock.ts';
import { type Labels, type MetricFamily, SampledFamily, type SampledOptions } from '#base/metric-families.ts';

const stability = 'ALPHA';

/** What every program that Prometheus reads tells of its process. */
export function processMetrics(clock: Clock): readonly MetricFamily[] {
  const startSeconds = clock.now() / 1000 - process.uptime();
  const family = (options: SampledOptions, read: () => number) =>
    new SampledFamily(options, () => [[{}, read()]]);
  return [
    family(
      {
        name: 'process_cpu_seconds_total',
        help: 'CPU time that the process has used.',
        stability,
        type: 'counter',
      },
      cpuSeconds,
    ),
    new SampledFamily(
      { name: 'process_open_fds', help: 'Files and sockets that the process has open.', stability },
      () => ofLinux(() => readdirSync('/proc/self/fd').length),
    ),
    new SampledFamily(
      { name: 'process_virtual_memory_bytes', help: 'Addresses that the process has mapped.', stability },
      () => ofLinux(virtualMemoryBytes),
    ),
    family(
      { name: 'process_resident_memory_bytes', help: 'Memory that the process has in use.', stability },
      () => process.memoryUsage.rss(),
    ),
    family(
      {
        name: 'process_start_time_seconds',
        help: 'When the process began, since the epoch.',
        stability,
      },
      () => startSeconds,
    ),
  ];
}

/** The value, where there is /proc. */
function ofLinux(read: () => number): readonly (readonly [Labels, number])[] {
  return process.platform === 'linux' ? [[{}, read()]] : [];
}

function virtualMemoryBytes(): number {
  const [, kibibytes] = /^VmSize:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
