import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';

/** `fetch URL [TIMES]`: the bodies, a line each, each over a connection of its own; a failure is a line that says so. */
export async function fetchUrls([url = '', times = '1']: readonly string[]): Promise<void> {
  for (let i = 0; i < Number(times); i++)
    console.log(await fetchOnce(url).catch(error => `failed: ${error.message}`));
}

/** The body of an answer, whatever its status. */
export function fetchOnce(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = get(url, { agent: false, timeout: 3_000 }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', part => {
        text += part;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
  });
}

/** `udp HOST PORT WORDS`: sends a packet, again each second, and prints the answer. */
export async function sendUdp([host = '', port = '', ...words]: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  const send = () => socket.send(words.join(' '), Number(port), host);
  const again = setInterval(send, 1_000);
  const end = setTimeout(() => process.exit(1), 5_000);
  send();
  const [answer] = (await once(socket, 'message')) as [Buffer];
  clearInterval(again);
  clearTimeout(end);
  socket.close();
  console.log(answer.toString());
}

/**
 * `lookup TYPE NAME…`: a line of JSON for each name, with the records that the servers of /etc/resolv.conf have; a name
 * without a dot at its end is searched for as resolv.conf(5) says. No records: [].
 */
export async function lookup([type = 'A', ...names]: readonly string[]): Promise<void> {
  for (const name of names) console.log(JSON.stringify(await search(type, name)));
}

async function search(type: string, name: string): Promise<unknown[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  for (const candidate of candidates(name)) {
    const found = await resolver.resolve(candidate, type).catch(() => []);
    if (Array.isArray(found) && found.length > 0) return found;
  }
  return [];
}

function candidates(name: string): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const words = readFileSync('/etc/resolv.conf', 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/));
  const domains = words.findLast(([key]) => key === 'search')?.slice(1) ?? [];
  const ndots = words.flat().find(word => word.startsWith('ndots:'));
  const searched = domains.map(domain => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= Number(ndots?.slice(6) ?? 1) ? [name, ...searched] : [...searched, name];
}
