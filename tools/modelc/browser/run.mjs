// node run.mjs FOLDER [PAGE [MINUTES]]: opens PAGE.html (check, if not said) with FOLDER served at /job/, and prints what the page
// found as one line of JSON. Python writes the folder and judges the answer: test_browser.py, or tools/pocket.
import { join } from 'node:path';
import { outcomeOf } from './open.mjs';

const [job, page = 'check', minutes] = process.argv.slice(2);

/** web-llm asks for MODEL/resolve/main/FILE, as on Hugging Face. */
const fileOf = (/** @type {string} */ path) => join(job, path.replace('resolve/main/', ''));

console.log(JSON.stringify(await outcomeOf(page, fileOf, minutes && Number(minutes))));
