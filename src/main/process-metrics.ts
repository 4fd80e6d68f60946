import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '#base/clock.ts';
import { type Labels, type MetricFamily, SampledFamily, type SampledOptions } from '#base/metric-families.ts';

const standing = { stability: 'ALPHA', unmarked: true } as const;

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
        ...standing,
        type: 'counter',
      },
      cpuSeconds,
    ),
    new SampledFamily(
      { name: 'process_open_fds', help: 'Files and sockets that the process has open.', ...standing },
      () => ofLinux(() => readdirSync('/proc/self/fd').length),
    ),
    new SampledFamily(
      { name: 'process_virtual_memory_bytes', help: 'Addresses that the process has mapped.', ...standing },
      () => ofLinux(virtualMemoryBytes),
    ),
    new SampledFamily(
      { name: 'process_max_fds', help: 'Maximum number of open file descriptors.', ...standing },
      () => ofLinux(() => limitOf('Max open files')),
    ),
    new SampledFamily(
      {
        name: 'process_virtual_memory_max_bytes',
        help: 'Maximum amount of virtual memory available in bytes.',
        ...standing,
      },
      () => ofLinux(() => limitOf('Max address space')),
    ),
    new SampledFamily(
      {
        name: 'process_network_receive_bytes_total',
        help: 'Number of bytes received by the process over the network.',
        ...standing,
        type: 'counter',
      },
      () => ofLinux(() => octets('InOctets')),
    ),
    new SampledFamily(
      {
        name: 'process_network_transmit_bytes_total',
        help: 'Number of bytes sent by the process over the network.',
        ...standing,
        type: 'counter',
      },
      () => ofLinux(() => octets('OutOctets')),
    ),
    family(
      { name: 'process_resident_memory_bytes', help: 'Memory that the process has in use.', ...standing },
      () => process.memoryUsage.rss(),
    ),
    family(
      {
        name: 'process_start_time_seconds',
        help: 'When the process began, since the epoch.',
        ...standing,
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

/** Where there is none, the most that 64 bits hold. */
function limitOf(name: string): number {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const line = text.split('\n').find(one => one.startsWith(name)) ?? '';
  const [, soft] = /^\s*(\S+)/.exec(line.slice(name.length)) ?? [];
  return soft === undefined || soft === 'unlimited' ? 2 ** 64 : Number(soft);
}

/** What the process's network namespace has seen. */
function octets(name: string): number {
  const lines = readFileSync('/proc/self/net/netstat', 'utf8').split('\n');
  const [names = [], values = []] = lines
    .filter(line => line.startsWith('IpExt:'))
    .map(line => line.split(' '));
  return Number(values[names.indexOf(name)] ?? 0);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
