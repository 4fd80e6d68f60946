/** URLs and their parts. */
import type { Library } from '../environment.ts';
import { boolType, listOf, mapOf, stringType, structType } from '../types.ts';
import { ArrayList, CelError, CelOpaque, type CelValue, EntryMap } from '../values.ts';
import { globalFunction, memberFunction } from './define.ts';
import {
  escapedPath,
  hostname,
  type ParsedUrl,
  parseRequestUri,
  parseUrl,
  port,
  queryValues,
  UrlError,
} from './url-parse.ts';

const urlType = structType('kubernetes.URL');

/** Whether it is one is asked as of a request, its parts are those of any URL. */
function parse(text: CelValue): ParsedUrl | UrlError {
  try {
    parseRequestUri(text as string);
    return parseUrl(text as string);
  } catch (error) {
    if (error instanceof UrlError) return error;
    throw error;
  }
}

function isRequestUri(text: string): boolean {
  try {
    parseRequestUri(text);
    return true;
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

function toUrl(text: CelValue): CelValue {
  const parsed = parse(text);
  if (parsed instanceof UrlError) {
    return new CelError(`URL parse error during conversion from string: ${parsed.message}`);
  }
  return new CelOpaque(urlType, parsed, (left, right) => left.text === right.text);
}

function part(name: string, id: string, of: (url: ParsedUrl) => string) {
  return memberFunction(name, id, [urlType], stringType, url => of((url as CelOpaque<ParsedUrl>).value));
}

function query(url: CelValue): CelValue {
  const map = new EntryMap();
  for (const [key, values] of queryValues((url as CelOpaque<ParsedUrl>).value))
    map.insert(key, new ArrayList(values));
  return map;
}

export const urlsLibrary: Library = {
  overloads: [
    globalFunction('url', 'string_to_url', [stringType], urlType, toUrl),
    globalFunction('isURL', 'is_url_string', [stringType], boolType, text => isRequestUri(text as string)),
    part('getScheme', 'url_get_scheme', url => url.scheme),
    part('getHost', 'url_get_host', url => url.host),
    part('getHostname', 'url_get_hostname', hostname),
    part('getPort', 'url_get_port', port),
    part('getEscapedPath', 'url_get_escaped_path', escapedPath),
    memberFunction('getQuery', 'url_get_query', [urlType], mapOf(stringType, listOf(stringType)), query),
  ],
};
