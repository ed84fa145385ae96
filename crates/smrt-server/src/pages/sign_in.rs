//! Where somebody shows a token, for services that ask for one.

use maud::{Markup, html};

use super::layout::{Frame, Nav, layout};
use super::link;
use super::parts::heading;

/// The page; `next` is where it leads afterwards.
pub fn page(next: &str, was_wrong: bool) -> Markup {
    let lede = html! { "This service asks who you are. Whoever runs it has a token for you." };
    let body = html! {
        (heading("Sign in", &lede))
        @if was_wrong { p.notice.bad role="alert" { "That token is not known here." } }
        form.filter method="post" action=(link::with_query("/sign-in", &[("next", next)])) {
            // Keepers of passwords want to know whose it is.
            input type="text" name="user" value="smrt" autocomplete="username" hidden;
            label.field.grow { span { "Token" }
                input type="password" name="token" required autofocus autocomplete="current-password" spellcheck="false";
            }
            div.actions { button.button.primary type="submit" { "Sign in" } }
        }
        p.note { "The browser keeps a session for twelve hours, not the token." }
    };
    layout(&Frame { title: "Sign in", nav: Nav::Nowhere, twin: None, modules: &[], charts: false }, &body)
}
