"""Address of the board."""

from django.urls import path

from keepwell.web.board import views

urlpatterns = [path("board/", views.board, name="board")]
