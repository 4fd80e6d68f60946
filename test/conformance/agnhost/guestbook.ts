import { createServer } from 'node:http';
import { fetchOnce } from './clients.ts';

type Answer = (url: URL) => Promise<string> | string;

/**
 * `guestbook primary | replica PRIMARY | frontend PRIMARY REPLICA`: entries are stored in the primary and read from
 * replicas, which copy them from it; visitors know the frontend alone.
 */
export function guestbook([role = '', primary = '', replica = '']: readonly string[]): void {
  const entries: string[] = [];
  const answers: Readonly<Record<string, Record<string, Answer>>> = {
    primary: {
      '/get': () => JSON.stringify(entries),
      '/set': url => {
        entries.push(url.searchParams.get('entry') ?? '');
        return 'stored';
      },
    },
    replica: { '/get': () => fetchOnce(`${primary}/get`) },
    frontend: {
      '/get': () => fetchOnce(`${replica}/get`),
      '/set': url => fetchOnce(`${primary}/set${url.search}`),
    },
  };
  createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://here');
    try {
      response.end((await answers[role]?.[url.pathname]?.(url)) ?? 'ok');
    } catch (error) {
      response.writeHead(502).end((error as Error).message);
    }
  }).listen(8080);
}
