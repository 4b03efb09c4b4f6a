import { defineConfig, type MarkdownRenderer } from 'vitepress';

/** A page of docs/, by its name. */
const page = (text: string, name: string) => ({ text, link: `/${name}` });

/** What is beside docs/ in the repository is no page: there the words stand without the link. */
function withoutLinksOutside(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links_outside', ({ tokens }) => {
    for (const block of tokens) {
      let isOutside = false;
      block.children = (block.children ?? []).filter((token) => {
        if (token.type === 'link_open') isOutside = token.attrGet('href')?.startsWith('../') ?? false;
        return !(isOutside && token.type.startsWith('link_'));
      });
    }
  });
}

export default defineConfig({
  title: 'sqlport',
  description: 'One Connection to relational databases from serverless code; the strategy is configuration.',
  lang: 'en',
  srcDir: '../../../docs',
  outDir: './dist',
  cacheDir: './node_modules/.vitepress',
  cleanUrls: true,
  // Everything is served from where the site is: no font, script or picture of others.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: withoutLinksOutside,
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      page('Getting started', 'getting-started'),
      page('Configuration', 'configuration'),
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          page('Getting started', 'getting-started'),
          page('Choosing a strategy', 'choosing'),
          page('Migrating', 'migrating'),
        ],
      },
      {
        text: 'The contract',
        items: [
          page('What holds everywhere', 'contract'),
          page('Values', 'values'),
          page('Errors', 'errors'),
          page('Capabilities', 'capabilities'),
        ],
      },
      {
        text: 'In production',
        items: [
          page('In AWS Lambda', 'lambda'),
          page('Security', 'security'),
          page('Configuration', 'configuration'),
          page('Local development', 'local'),
        ],
      },
      {
        text: 'Proof',
        items: [
          page('Reliability', 'reliability'),
          page('Performance', 'performance'),
          page('Runtimes', 'runtimes'),
          page('Verified', 'verified'),
        ],
      },
      {
        text: 'Inside',
        items: [
          page('Writing an adapter', 'writing-an-adapter'),
          page('Architecture', 'architecture'),
          page('Decisions', 'decisions'),
          { text: 'API reference', link: '/api/' },
        ],
      },
    ],
  },
});
