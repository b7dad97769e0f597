// All that Gradio's elements on the Create page are drawn by: ui/page/drawn.py names them.

import { mount as header } from "../frame/header.js";
import { mount as text } from "../shared/text.js";
import { mount as basis } from "./basis.js";
import { mount as choice } from "./choice.js";
import { mount as code } from "./code.js";
import { mount as count } from "./count.js";
import { mount as deal } from "./deal.js";
import { asked } from "./draft.js";
import { mount as examples } from "./examples.js";
import { mount as models } from "./models.js";
import { mount as number } from "./number.js";
import { mount as results } from "./results.js";
import { mount as styles } from "./styles.js";
import { mount as templates } from "./templates.js";
import { mount as tools } from "./tools.js";

export const parts = {
  ...{ header, text, basis, choice, code, count, deal, examples, models, number, results },
  ...{ styles, templates, tools },
};

globalThis.createParts = parts; // for what Gradio shows again (ui/static.py)
globalThis.calmFrames?.(); // all of Gradio's scripts are there by now

/** What the form is to open with, as JSON. */
export const opened = asked;
