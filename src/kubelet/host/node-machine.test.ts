import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineUsage, readUsage } from './node-machine.ts';

test('reads what /proc tells of a machine', () => {
  const usage = readUsage({
    stat: 'cpu 1 2 3\nbtime 1700000000\nprocesses 9',
    meminfo:
      'MemTotal:  1000 kB\nMemFree:  300 kB\nMemAvailable:  600 kB\nAnonPages:  200 kB\nSwapTotal:  50 kB\nSwapFree:  40 kB',
    vmstat: 'pgfault 77\npgmajfault 7',
    loadavg: '24.46 19.78 17.50 52/804 30713',
    pidMax: '32768',
    threadsMax: '192730',
    netDev: [
      'Inter-|   Receive                       |  Transmit',
      ' face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed',
      '    lo:    5 1 0 0 0 0 0 0    5 1 0 0 0 0 0 0',
      '  cni0: 10 1 2 0 0 0 0 0 20 1 3 0 0 0 0 0',
      '  eth0: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0',
    ].join('\n'),
    routes: 'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t010002C0\t0003',
  });
  assert.deepEqual(usage, {
    bootedAtMs: 1_700_000_000_000,
    memoryAvailableBytes: 600 * 1_024,
    memoryUsedBytes: 700 * 1_024,
    memoryRssBytes: 200 * 1_024,
    pageFaults: 77,
    majorPageFaults: 7,
    swapBytes: 50 * 1_024,
    swapAvailableBytes: 40 * 1_024,
    tasks: 804,
    tasksMax: 32_768,
    interfaces: [
      { name: 'eth0', rxBytes: 100, rxErrors: 0, txBytes: 200, txErrors: 0 },
      { name: 'cni0', rxBytes: 10, rxErrors: 2, txBytes: 20, txErrors: 3 },
    ],
  });
});

test('reads this machine', { skip: process.platform !== 'linux' }, async () => {
  const usage = await machineUsage('/');
  assert.ok(usage.bootedAtMs > 0 && usage.memoryUsedBytes > 0 && usage.memoryRssBytes > 0);
  assert.ok(usage.tasks > 0 && usage.tasks < usage.tasksMax);
});
