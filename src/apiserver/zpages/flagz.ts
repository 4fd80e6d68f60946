import type { Page } from './page.ts';

/** What /flagz tells of a component: its flags and their values, as pflag prints them (KEP-4828). */
export function flagzPage(component: string, flags: Readonly<Record<string, string>>): Page {
  const sorted = Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    kind: 'Flagz',
    component,
    text: () => sorted.map(([name, value]) => `${name}=${value}\n`).join(''),
    fields: () => (sorted.length === 0 ? {} : { flags: Object.fromEntries(sorted) }),
  };
}
