import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import type { FlowFilter, Netfilter } from './netfilter.ts';

/** Adapter: `nft`, `conntrack` and sysctls of this host, or of one of its network namespaces. */

interface Output {
  readonly code: number;
  readonly stderr: string;
}

/** As a shell has it. */
const notInstalled = 127;

function run(command: readonly string[], input: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const [name, ...args] = command;
    const child = spawn(name!, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    const errors: Buffer[] = [];
    child.stderr.on('data', chunk => errors.push(chunk as Buffer));
    child.once('error', error => {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (missing) resolve({ code: notInstalled, stderr: `${name} is not installed` });
      else reject(error);
    });
    child.once('close', code => resolve({ code: code ?? 1, stderr: Buffer.concat(errors).toString() }));
    // nft may leave before it has read all, on a syntax error; its exit code tells.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

export interface HostNetfilterOptions {
  /** Name of a network namespace (`ip netns`). Default: our own. */
  readonly netns?: string;
}

export class HostNetfilter implements Netfilter {
  readonly #prefix: readonly string[];

  constructor(options: HostNetfilterOptions = {}) {
    this.#prefix = options.netns ? ['ip', 'netns', 'exec', options.netns] : [];
  }

  async apply(script: string): Promise<void> {
    const { code, stderr } = await this.#run(['nft', '-f', '-'], script);
    if (code !== 0) throw new Error(`nft: ${stderr.trim().split('\n').slice(0, 3).join(' ')}`);
  }

  async hasTable(table: string): Promise<boolean> {
    return (await this.#run(['nft', '-t', 'list', 'table', ...table.split(' ')])).code === 0;
  }

  async allowLocalnet(): Promise<void> {
    const path = '/proc/sys/net/ipv4/conf/all/route_localnet';
    if (this.#prefix.length > 0) {
      await this.#run(['sh', '-c', `echo 1 > ${path}`]);
      return;
    }
    if ((await readFile(path, 'utf8')).trim() !== '1') await writeFile(path, '1');
  }

  async forgetFlows({
    family,
    protocol,
    destinationIp,
    destinationPort,
    endpointIp,
  }: FlowFilter): Promise<void> {
    const filter = [
      ...['-f', family.toLowerCase()],
      ...(destinationIp === '' ? [] : ['--orig-dst', destinationIp]),
      ...['--orig-port-dst', String(destinationPort)],
      ...(endpointIp === undefined ? [] : ['--dst-nat', endpointIp]),
    ];
    const { code, stderr } = await this.#run(['conntrack', '-D', '-p', protocol, ...filter]);
    if (code !== 0 && !stderr.includes('0 flow entries')) throw new Error(`conntrack: ${stderr.trim()}`);
  }

  #run(command: readonly string[], input = ''): Promise<Output> {
    return run([...this.#prefix, ...command], input);
  }
}
