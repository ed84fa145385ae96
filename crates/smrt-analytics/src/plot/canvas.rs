//! The few shapes of SVG that a picture is made of, with its style sheet.
//!
//! Places in pixels and text come in, elements go out; text is escaped here and nowhere else.

/// Elements of one picture.
pub(crate) struct Canvas {
    text: String,
}

const STYLE: &str = "text{font-family:Helvetica,Arial,sans-serif;fill:#222}.title{font-size:16px;font-weight:bold}\
.tick{font-size:12px}.grid{stroke:#e4e4e4;stroke-width:1}.frame{stroke:#888;stroke-width:1}\
.values{fill:none;stroke:#4a78a8;stroke-width:1}.model{fill:none;stroke:#111;stroke-width:1.4}\
.band{fill:none;stroke:#999;stroke-width:1;stroke-dasharray:5 4}.break{fill:none;stroke:#111;stroke-width:1.2;stroke-dasharray:2 3}\
.shade{fill-opacity:.16}.gap{fill-opacity:.3}.wrong{fill:none;stroke-width:2}.ring{fill:none;stroke-width:1.8}";

type Place = (f64, f64);

impl Canvas {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n<style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        );
        Self { text }
    }

    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    pub(crate) fn text(&mut self, (x, y): Place, anchor: &str, class: &str, text: &str) {
        let text = escaped(text);
        self.put(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"));
    }

    pub(crate) fn line(&mut self, (x1, y1): Place, (x2, y2): Place, class: &str) {
        self.put(&format!("<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" class=\"{class}\"/>"));
    }

    pub(crate) fn path(&mut self, commands: &str, class: &str) {
        self.coloured_path(commands, class, "");
    }

    /// A path in a colour of its own; with none, in that of its class.
    pub(crate) fn coloured_path(&mut self, commands: &str, class: &str, colour: &str) {
        let style = if colour.is_empty() { String::new() } else { format!(" style=\"stroke:{colour}\"") };
        if !commands.is_empty() {
            self.put(&format!("<path d=\"{commands}\" class=\"{class}\"{style}/>"));
        }
    }

    pub(crate) fn rect(&mut self, (x, y): Place, (width, height): Place, class: &str, fill: &str) {
        self.put(&format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" class=\"{class}\" fill=\"{fill}\"/>"));
    }

    /// A rectangle that shows a text where a pointer rests on it.
    pub(crate) fn titled_rect(&mut self, place: Place, size: Place, class: &str, fill: &str, title: &str) {
        self.text.push_str(&format!("<g><title>{}</title>", escaped(title)));
        self.rect(place, size, class, fill);
        self.put("</g>");
    }

    pub(crate) fn ring(&mut self, (x, y): Place, colour: &str) {
        self.put(&format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" class=\"ring\" stroke=\"{colour}\"/>"));
    }

    fn put(&mut self, element: &str) {
        self.text.push_str(element);
        self.text.push('\n');
    }
}

/// Text with what XML would take for its own written out, and without what it forbids.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
