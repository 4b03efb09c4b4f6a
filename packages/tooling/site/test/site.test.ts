import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configurationPage, writtenPage } from '../src/configuration.ts';
import { type ServedSite, serveSite } from '../src/serve.ts';

test('the configuration reference is that of the code', () => {
  expect(writtenPage(), 'npm run docs:configuration -- --write').toBe(configurationPage());
});

const BROWSERS = [process.env.SQLPORT_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'];
const executablePath = BROWSERS.find((path) => path !== '' && existsSync(path));
if (executablePath === undefined) {
  console.warn('No Chromium is installed (apt-get install chromium, or SQLPORT_CHROMIUM): the site is not opened.');
}

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

describe.skipIf(executablePath === undefined)('the site in a browser', { timeout: 60_000 }, () => {
  let site: ServedSite;
  let browser: Browser;
  let profile: string;
  const troubles: string[] = [];

  beforeAll(async () => {
    site = await serveSite();
    profile = await mkdtemp(join(tmpdir(), 'sqlport-site-'));
    browser = await chromium.launch({ executablePath: executablePath!, args: QUIET, env: { HOME: profile } });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    if (profile) await rm(profile, { recursive: true, force: true });
  });

  /** A page of the site, whose complaints, and whose requests to anybody else, are noted. */
  async function open(path: string, viewport = DESKTOP): Promise<Page> {
    const page = await browser.newPage({ viewport });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') troubles.push(`${path}: ${message.text()}`);
    });
    page.on('pageerror', (error) => troubles.push(`${path}: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(site.url) && !request.url().startsWith('data:')) troubles.push(request.url());
    });
    await page.goto(site.url + path, { waitUntil: 'networkidle' });
    return page;
  }

  test('the sidebar leads to every page of docs/, and nothing complains', async () => {
    const page = await open('/getting-started');
    const links = await page.locator('.VPSidebar a').evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
    expect(links.toSorted()).toEqual([...site.pages.map((name) => `/${name}`), '/api/'].toSorted());
    for (const link of links) {
      await page.locator(`.VPSidebar a[href="${link}"]`).click();
      await page.waitForURL(site.url + link);
      await page.locator('main h1').first().waitFor();
      expect(await page.locator('.NotFound').count(), link).toBe(0);
    }
    await page.close();
    expect(troubles).toEqual([]);
  });

  test('every link, and every place on a page that one leads to, is there', async () => {
    const page = await open('/getting-started');
    const dead: string[] = [];
    const ids = new Map<string, ReadonlySet<string>>();
    const found: string[] = [];
    for (const path of ['/', ...site.pages.map((name) => `/${name}`), '/api/']) {
      const response = await page.goto(site.url + path);
      if (response?.status() !== 200) dead.push(path);
      ids.set(path, new Set(await page.locator('main [id]').evaluateAll((all) => all.map(({ id }) => id))));
      const hrefs = await page
        .locator('main a[href]')
        .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
      found.push(...hrefs);
    }
    for (const href of new Set(found)) {
      const { origin, pathname, hash } = new URL(href);
      if (origin !== site.url) continue;
      const known = ids.get(pathname);
      if (hash !== '' && known !== undefined && !known.has(decodeURIComponent(hash.slice(1)))) dead.push(href);
      if (known === undefined && (await page.request.get(href)).status() !== 200) dead.push(href);
    }
    await page.close();
    expect(dead).toEqual([]);
  });

  test('search finds a page', async () => {
    const page = await open('/');
    await page.locator('#local-search button').click();
    await page.locator('.VPLocalSearchBox input').fill('freeze');
    const hit = page.locator('.VPLocalSearchBox .result', { hasText: 'In AWS Lambda' }).first();
    await hit.click();
    await page.waitForURL(/\/lambda/);
    await page.close();
    expect(troubles).toEqual([]);
  });

  test('every page fits a phone', async () => {
    const page = await open('/', PHONE);
    for (const path of ['/', ...site.pages.map((name) => `/${name}`)]) {
      await page.goto(site.url + path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, path).toBeLessThanOrEqual(PHONE.width);
    }
    await page.close();
  });
});
