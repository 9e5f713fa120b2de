// Walks through the board in Chromium: every page at two widths, an objection, a refusal and an acceptance, by keyboard where it
// matters; each page is held against axe-core.
'use strict';
const { chromium } = require('playwright-core');
const fs = require('fs');
const assert = require('assert');
const { BASE, OUT, TOKEN } = process.env;
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [[1280, 900], [390, 844]];
const problems = [];
let checked = 0;

async function accessible(page, name) {
  // The policy of the pages forbids scripts; the checker comes in beside it.
  const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`);
  for (const one of found.violations) {
    const line = `${name}: ${one.impact} ${one.id}: ${one.help} (${one.nodes.length}) ${one.nodes[0].html.slice(0, 120)}`;
    if (['serious', 'critical'].includes(one.impact)) problems.push(line); else console.log('  minor:', line);
  }
  checked += 1;
}

async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 1) problems.push(`${name}: ${over} px wider than its window`);
}

async function look(page, path, name) {
  const answer = await page.goto(BASE + path);
  assert.equal(answer.status(), 200, path);
  for (const [width, height] of WIDTHS) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${OUT}/${name}-${width}.png`, fullPage: true });
    await fits(page, `${name} at ${width}`);
    await accessible(page, `${name} at ${width}`);
  }
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
  const context = await browser.newContext({ bypassCSP: true, locale: 'zh-CN' });
  const page = await context.newPage();
  const errors = [];
  const listen = (to) => {
    to.on('console', (said) => said.type() === 'error' && errors.push(said.text()));
    to.on('requestfailed', (request) => {
      // Whoever goes on before the icon has come has not met a fault.
      const { errorText } = request.failure();
      if (errorText !== 'net::ERR_ABORTED') errors.push(`${request.url()} ${errorText}`);
    });
  };
  listen(page);

  const cases = (await (await context.request.get(`${BASE}/api/v1/cases`)).json()).cases;
  const at = (step, stage) => cases.find((one) => one.state.step === step && one.state.stage === stage);
  const titled = (title) => cases.find((one) => one.title === title);
  const paused = titled('社区广告位28号出租'), parking = titled('西塱路口3号停车位发包'), closed = cases.find((one) => one.state.status === 'closed');
  const ended = cases.find((one) => one.state.status === 'terminated'), half = titled('塱边仓库56号间出租');

  for (const [path, name] of [
    ['/', 'list'], ['/en', 'list-en'], ['/apples', 'apples'], ['/owed', 'owed'], ['/late', 'late'], ['/checkpoint', 'checkpoint'],
    ['/sign-in', 'sign-in'], [`/cases/${paused.case}`, 'case-paused'], [`/en/cases/${paused.case}`, 'case-paused-en'],
    [`/cases/${closed.case}`, 'case-closed'], [`/cases/${ended.case}`, 'case-ended'], [`/cases/${half.case}`, 'case-half'],
    [`/cases/${parking.case}/object`, 'object'], [`/cases/${paused.case}/notices/1`, 'notice'],
  ]) await look(page, path, name);
  const missing = await page.goto(`${BASE}/nothing`);
  assert.equal(missing.status(), 404);
  await accessible(page, 'fault');
  await page.screenshot({ path: `${OUT}/fault-390.png` });

  // Under their own policy, and without JavaScript: nothing is blocked, nothing is missing.
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const bare = await plain.newPage();
  listen(bare);
  for (const path of ['/', '/en/apples', '/owed', '/late', '/paper', `/cases/${paused.case}`, `/cases/${paused.case}/paper`, `/cases/${paused.case}/notices/1`]) {
    assert.equal((await bare.goto(BASE + path)).status(), 200, path);
  }
  await plain.close();

  // The papers, printed.
  for (const [path, name] of [['/paper', 'paper-a4'], ['/paper?size=a3&lang=both', 'paper-a3'], [`/cases/${paused.case}/paper`, 'paper-case']]) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(BASE + path);
    await page.screenshot({ path: `${OUT}/${name}.png` });
    await accessible(page, name);
    await page.pdf({ path: `${OUT}/${name}.pdf`, preferCSSPageSize: true, printBackground: true });
  }
  await page.goto(`${BASE}/cases/${paused.case}`);
  await page.pdf({ path: `${OUT}/case.pdf`, format: 'A4', printBackground: true });

  // A resident objects, by keyboard alone, on a telephone.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${BASE}/cases/${parking.case}`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip', 'the first stop skips to the content');
  await page.screenshot({ path: `${OUT}/skip-390.png` });
  await page.getByRole('link', { name: '提意见、提异议' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/object');
  await page.getByRole('radio', { name: /异议/ }).focus();
  await page.keyboard.press('Space');
  await page.getByLabel('您要说的话').fill('停车位数量和图纸不一致。<b onclick="alert(1)">请核对</b>');
  await page.screenshot({ path: `${OUT}/object-filled-390.png`, fullPage: true });
  await page.getByRole('button', { name: '提交，领取编号' }).press('Enter');
  await page.waitForURL('**/cases/*filed=*');
  const mine = page.locator('#q2');
  assert.match(await mine.innerText(), /第 2 号异议 待答复[\s\S]*<b onclick="alert\(1\)">请核对<\/b>/);
  await page.screenshot({ path: `${OUT}/filed-390.png` });
  await page.goto(`${BASE}/apples`);
  assert.match(await page.locator('.apple.green').first().innerText(), /停车位数量/);

  // An officer signs in, is refused with every reason, and then acts.
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${BASE}/sign-in`);
  await page.getByLabel('令牌').fill('wrong');
  await page.getByRole('button', { name: '登录' }).click();
  assert.match(await page.getByRole('alert').innerText(), /令牌不对/);
  await page.getByLabel('令牌').fill(TOKEN);
  await page.getByRole('button', { name: '登录' }).click();
  await page.waitForURL('**/owed');
  const cookie = (await context.cookies()).find((one) => one.name === 'sanzi');
  assert.ok(cookie.httpOnly && cookie.sameSite === 'Strict');
  await page.goto(`${BASE}/cases/${parking.case}/act`);
  await page.getByLabel('环节', { exact: true }).selectOption('Bidding');
  await page.getByRole('button', { name: '问一问' }).click();
  const refused = page.locator('.outcome.no');
  assert.ok((await refused.locator('li').count()) >= 10, 'every reason at once');
  await accessible(page, 'refusal');
  for (const [width, height] of WIDTHS) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${OUT}/refusal-${width}.png`, fullPage: true });
    await fits(page, `refusal at ${width}`);
  }
  const form = page.locator('form', { hasText: '答复第 2' });
  await form.getByLabel('答复（公开）').fill('已核对：图纸为旧版，以台账为准，异议不成立。');
  await form.getByRole('button', { name: '答复' }).click();
  await page.locator('.outcome.yes').waitFor();
  await accessible(page, 'acceptance');
  await page.screenshot({ path: `${OUT}/acceptance-390.png`, fullPage: true });
  await page.goto(`${BASE}/cases/${parking.case}`);
  assert.match(await page.locator('#q2.red').innerText(), /异议不成立[\s\S]*已核对/);
  await page.locator('#q2').screenshot({ path: `${OUT}/answered-390.png` });
  await page.getByRole('button', { name: '退出' }).click();
  await page.waitForURL(`${BASE}/`);

  await browser.close();
  const real = errors.filter((error) => !/404|401/.test(error));
  assert.deepEqual(real, [], `nothing fails in the browser: ${real.join('; ')}`);
  assert.deepEqual(problems, [], 'no serious or critical violation, nothing wider than its window');
  console.log(`${checked} times looked at by axe-core, no serious or critical violation`);
})().catch((error) => { console.error(problems.join('\n')); console.error(error); process.exit(1); });
