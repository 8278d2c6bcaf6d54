<?php
header("Location: https://shop.acme.example/", true, 301);
