//! The derive macros of Vellum.
